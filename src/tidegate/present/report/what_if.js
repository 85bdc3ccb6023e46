// What is moved, what comes of it, and how that is shown. The engine before this is written from simulate/fluid.
const estimate = (data, places) => {
  let plan = structuredClone(data.document);
  data.sliders.forEach((one, i) => {
    for (const [way, value] of one.stops[places[i]].patch) plan = patched(plan, way, value);
  });
  ROUTES = plan.routes;
  SYN = plan.syn;
  const run = run_fluid(revive(plan), null);
  const from = run.disturbed_from_s;
  let place = "", most = -1, table = "", fullest = 0;
  const peaks = {};
  for (const [name, flow] of run.crossings.items()) {
    const peak = greatest(flow.offered_flows_per_s, run.times_s), can = plan.capacities[name] ?? null;
    peaks[name] = peak;
    if (can && peak / can > most) { most = peak / can; place = name; }
    const full = flow.table_ratio.reduce((high, one) => Math.max(high, one), 0);
    if (full > fullest) { fullest = full; table = name; }
  }
  const waiting = run.times_s.map((_, i) => run.clients.values().reduce((sum, one) => sum + one.unanswered_count[i], 0));
  const width = Math.max(1, (run.times_s[1] ?? 1) - (run.times_s[0] ?? 0));
  return { width, recovered: run.recovered_at_s, until: run.until_s, from, times: run.times_s, waiting, peaks, place, table, fullest, capacities: plan.capacities };
};
// The greatest mean over a second, or over what was recorded at once where that is longer.
const greatest = (values, times) => {
  const many = Math.max(1, Math.round(1 / ((times[1] ?? 1) - (times[0] ?? 0))));
  let sum = 0, most = 0;
  values.forEach((value, i) => {
    sum += value - (i >= many ? values[i - many] : 0);
    most = Math.max(most, sum / Math.min(i + 1, many));
  });
  return most;
};
const patched = (node, way, value) => {
  if (!way.length) return value;
  const copy = Array.isArray(node) ? node.slice() : { ...node };
  copy[way[0]] = patched(copy[way[0]], way.slice(1), value);
  return copy;
};
const figures = x => x === 0 ? "0" : x >= 9.95 ? x.toFixed(0) : String(Number(x.toFixed(x >= 0.95 ? 1 : 2)));
const countText = x => {
  for (const [size, letter] of [[1e9, "G"], [1e6, "M"], [1e3, "k"]]) if (x >= size * 0.9995) return `${figures(x / size)} ${letter}`;
  return figures(x);
};
const timeText = s => s < 1 ? `${figures(1000 * s)} ms` : s < 100 ? `${figures(s)} s` : s < 7200 ? `${figures(s / 60)} min` : `${figures(s / 3600)} h`;
const endText = one => one.recovered === null ? `not within ${timeText(one.until - one.from)}`
  : one.recovered === 0 ? "stays normal" : `after ${timeText(one.recovered)}`;

const shareText = one => !one.fullest ? "-" : one.fullest >= 1 ? "full" : one.fullest < 0.01 ? "below 1 %" : `${Math.floor(100 * one.fullest)} %`;

const begin = data => {
  const fold = document.getElementById("what-if");
  const part = name => fold.querySelector(`[data-part="${name}"]`);
  const inputs = data.sliders.map(one => document.getElementById(`what-if-${one.key}`));
  const planned = data.sliders.map(one => one.planned);
  const places = () => inputs.map(one => Number(one.value));
  let first = null, due = 0;
  const tell = () => data.sliders.forEach((one, i) => {
    const text = one.stops[inputs[i].value].text;
    inputs[i].setAttribute("aria-valuetext", text);
    inputs[i].nextElementSibling.textContent = text + (Number(inputs[i].value) === one.planned ? " (plan)" : "");
  });
  const over = at => {
    const moved = data.sliders.map((one, i) => i).filter(i => at[i] !== planned[i]);
    const key = data.sliders.map((one, i) => ["size", "pool"].includes(one.key) ? at[i] : "").join(" ").trim();
    if (key in data.together && moved.every(i => ["size", "pool"].includes(data.sliders[i].key))) return data.together[key];
    const own = moved.flatMap(i => data.sliders[i].stops[at[i]].exceeded);
    return moved.length ? own : data.exceeded;
  };
  const show = () => {
    const at = places();
    first ??= estimate(data, planned);
    const now = at.every((one, i) => one === planned[i]) ? first : estimate(data, at);
    const name = now.place || first.place;
    for (const [key, one] of [["plan", first], ["now", now]]) {
      const put = (what, text, value) => {
        const cell = part(`${key}-${what}`);
        cell.textContent = text;
        cell.dataset.value = value;
      };
      put("end", endText(one), one.recovered ?? "never");
      put("waiting", countText(Math.max(...one.waiting)), Math.max(...one.waiting));
      put("table", shareText(one), one.fullest);
      put("asked", name ? countText(one.peaks[name]) : "-", name ? one.peaks[name] : "");
    }
    part("table").textContent = `flow table${now.table ? ` of ${now.table}` : ""}, at its fullest`;
    part("place").textContent = name ? `new connections a second asked of ${name}, in the worst ${timeText(now.width)} (it carries ${countText(now.capacities[name])})` : "new connections a second";
    const limits = over(at);
    part("over").textContent = limits.length ? `By arithmetic${at.filter((one, i) => one !== planned[i]).length > 1 ? ", one of these by itself" : ""}: ${limits[0]}. It does not fit, and the estimate does not see that.` : "";
    const sets = data.sliders.flatMap((one, i) => at[i] === planned[i] ? [] : one.stops[at[i]].sets);
    const silent = data.sliders.some((one, i) => at[i] !== planned[i] && !one.stops[at[i]].sets.length);
    part("ask").textContent = sets.length || silent ? `${data.command}${sets.map(one => ` --set ${one}`).join("")}` : "";
    part("ask-note").textContent = sets.length || silent ? `Have it proven by whole runs${silent ? " (what stands not in the command is said in the world file)" : ""}:` : "";
    draw(part("picture"), first, now);
  };
  const later = () => { tell(); clearTimeout(due); part("state").textContent = "computing …"; due = setTimeout(() => { show(); part("state").textContent = "computed in this browser"; }, 60); };
  inputs.forEach((one, i) => one.addEventListener("input", () => {
    for (const pair of data.apart) if (pair.includes(data.sliders[i].key)) data.sliders.forEach((other, j) => {
      if (j !== i && pair.includes(other.key)) inputs[j].value = planned[j];
    });
    later();
  }));
  part("reset").addEventListener("click", () => { inputs.forEach((one, i) => { one.value = planned[i]; }); later(); });
  part("without").hidden = true;
  part("form").hidden = false;
  tell();
  fold.addEventListener("toggle", () => { if (fold.open && !first) later(); });
  if (fold.open !== false) later();
};

const draw = (svg, plan, now) => {
  const wide = Math.max(svg.clientWidth, 280), high = 190, left = 54, low = 24;
  svg.setAttribute("viewBox", `0 0 ${wide} ${high}`);
  const settled = one => one.recovered === null ? one.until - one.from : one.recovered;
  const end = Math.min(Math.max(plan.until, now.until), plan.from + Math.max(30, 1.6 * Math.max(settled(plan), settled(now))));
  const start = Math.max(0, plan.from - 0.08 * (end - plan.from));
  const most = Math.max(1, ...[plan, now].flatMap(one => one.waiting.filter((_, i) => one.times[i] >= start && one.times[i] <= end)));
  const x = s => left + (wide - left - 4) * (s - start) / (end - start), y = v => high - low - (high - low - 16) * v / most;
  const line = one => one.times.map((s, i) => [s, one.waiting[i]]).filter(([s]) => s >= start && s <= end).map(([s, v]) => `${x(s).toFixed(1)},${y(v).toFixed(1)}`).join(" ");
  const add = (name, values, text) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const key in values) made.setAttribute(key, values[key]);
    if (text) made.textContent = text;
    svg.append(made);
  };
  svg.replaceChildren();
  add("line", { x1: left, x2: wide, y1: y(0), y2: y(0), class: "axis" });
  add("line", { x1: x(plan.from), x2: x(plan.from), y1: 12, y2: y(0), class: "start" });
  add("polyline", { points: line(plan), class: "way" });
  if (now !== plan) add("polyline", { points: line(now), class: "way tide" });
  add("text", { x: left - 6, y: y(most) + 4, "text-anchor": "end", class: "tick" }, countText(most));
  add("text", { x: left - 6, y: y(0) + 4, "text-anchor": "end", class: "tick" }, "0");
  add("text", { x: x(plan.from), y: high - 6, class: "tick" }, "it begins");
  add("text", { x: wide - 4, y: high - 6, "text-anchor": "end", class: "tick" }, `+${timeText(end - plan.from)}`);
  // Labels stand at the lines, and never on one another.
  const last = one => { const seen = one.waiting.filter((_, i) => one.times[i] <= end); return y(seen[seen.length - 1] ?? 0) - 7; };
  const at = [last(plan), last(now)];
  if (now !== plan && Math.abs(at[0] - at[1]) < 17) at[at[0] <= at[1] ? 0 : 1] = Math.max(...at) - 17;
  add("text", { x: wide - 6, y: at[0], "text-anchor": "end", class: "lab" }, "as planned");
  if (now !== plan) add("text", { x: wide - 6, y: at[1], "text-anchor": "end", class: "lab tide" }, "with these values");
};
if (typeof document !== "undefined") begin(JSON.parse(document.getElementById("what-if-data").textContent));
