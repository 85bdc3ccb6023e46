// What Python has and JavaScript has not, as far as the fluid engine uses it.
const norm = k => Array.isArray(k) || (typeof k === "object" && k !== null) ? JSON.stringify(k) : k;
class Dict {
  constructor(pairs = []) { this.m = new Map(); for (const [k, v] of pairs) this.set(k, v); }
  set(k, v) { this.m.set(norm(k), [k, v]); }
  get(k, other = null) { const e = this.m.get(norm(k)); return e === undefined ? other : e[1]; }
  has(k) { return this.m.has(norm(k)); }
  pop(k, other = null) { const v = this.get(k, other); this.m.delete(norm(k)); return v; }
  keys() { return [...this.m.values()].map(e => e[0]); }
  values() { return [...this.m.values()].map(e => e[1]); }
  items() { return [...this.m.values()]; }
  plain() { return Object.fromEntries(this.items()); }
  get size() { return this.m.size; }
}
const it = x => x instanceof Dict ? x.keys() : x === null ? [] : x;
const arr = (x = []) => Array.from(it(x));
const ln = x => x instanceof Dict ? x.size : x.length;
const t = x => Array.isArray(x) || typeof x === "string" ? x.length > 0 : x instanceof Dict ? x.size > 0 : !!x;
const or = (a, b) => t(a) ? a : b();
const and = (a, b) => t(a) ? b() : a;
const get = (o, k) => o instanceof Dict ? o.get(k) : o[k];
const put = (o, k, v) => { if (o instanceof Dict) o.set(k, v); else o[k] = v; };
const has = (o, k) => o instanceof Dict ? o.has(k) : o.includes(k);
const eq = (a, b) => a === b || (typeof a === "object" && typeof b === "object" && a !== null && b !== null &&
  JSON.stringify(a) === JSON.stringify(b));
const rep = (a, n) => { const r = []; for (let i = 0; i < n; i++) r.push(...a); return r; };
const rev = a => a.slice().reverse();
const splice = (a, low, high, v) => { const i = low ?? 0; a.splice(i, (high ?? a.length) - i, ...v); };
const mod = (a, b) => a - b * Math.floor(a / b);
const rng = (a, b) => { const r = []; for (let i = b === undefined ? 0 : a; i < (b ?? a); i++) r.push(i); return r; };
const enm = x => arr(x).map((v, i) => [i, v]);
const zip = (...xs) => { const a = xs.map(it), n = Math.min(...a.map(x => x.length)); return rng(n).map(i => a.map(x => x[i])); };
const sm = x => { let s = 0; for (const v of it(x)) s += v; return s; };
const prod = x => { let p = 1; for (const v of it(x)) p *= v; return p; };
const max = (x, other) => { const a = arr(x); return a.length ? a.reduce((p, v) => v > p ? v : p) : other; };
const min = (x, other) => { const a = arr(x); return a.length ? a.reduce((p, v) => v < p ? v : p) : other; };
const maxBy = (x, f) => arr(x).reduce((p, v) => f(v) > f(p) ? v : p);
const any = x => arr(x).some(t);
const all = x => arr(x).every(t);
const nxt = (x, other) => x.length ? x[0] : other;
const distinct = x => new Dict(x.map(v => [v, 1])).keys();
const rnd = x => { const f = Math.floor(x), d = x - f; return d < 0.5 ? f : d > 0.5 ? f + 1 : f % 2 ? f + 1 : f; };
const product = (...xs) => xs.reduce((p, x) => p.flatMap(a => x.map(v => [...a, v])), [[]]);
const fields = kind => kind.F.map(name => ({name}));
const nextafter = x => { const b = new BigInt64Array(new Float64Array([x]).buffer); b[0] += 1n; return new Float64Array(b.buffer)[0]; };
let ROUTES = {}, SYN = {};
const route = (world, a, b) => ROUTES[a]?.[b] ?? [];
const syn_schedules = () => SYN;
// A script as the page holds it: mappings and what is no number have a form of their own.
const revive = x => {
  if (Array.isArray(x)) return x.map(revive);
  if (x === null || typeof x !== "object") return x;
  if ("$d" in x) return new Dict(x.$d.map(([k, v]) => [k, revive(v)]));
  if ("$n" in x) return Infinity;
  const o = {};
  for (const k in x) o[k] = revive(x[k]);
  return o;
};
