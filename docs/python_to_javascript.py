"""Says a plain part of Python in JavaScript, statement by statement; what it cannot say it refuses.

Only what the fluid engine uses is known here. What Python has and JavaScript has not (mappings with any keys,
what counts as true, slices) stands in `estimate_prelude.js`.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable

RESERVED = frozenset(
    {"new", "let", "const", "function", "var", "default", "case", "delete", "in", "of", "this"}
)
RENAMED = {"True": "true", "False": "false", "None": "null", "inf": "Infinity", "self": "this"}
CALLS = {"len": "ln", "sum": "sm", "tuple": "arr", "list": "arr", "int": "Math.trunc", "float": "Number",
         "bool": "t", "abs": "Math.abs", "zip": "zip", "enumerate": "enm", "exp": "Math.exp", "sqrt": "Math.sqrt",
         "expm1": "Math.expm1", "ceil": "Math.ceil", "any": "any", "all": "all", "round": "rnd",
         "reversed": "rev", "range": "rng", "next": "nxt", "prod": "prod", "product": "product",
         "nextafter": "nextafter", "fields": "fields"}  # fmt: skip
COMPARED = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
COMPUTED = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}


class CannotSayError(Exception):
    """Something that is not said in JavaScript yet."""


class Writer:
    """Says Python's syntax in JavaScript.

    Parameters
    ----------
    trees
        The modules, of which the classes and the parameters of functions are learned.
    nouns
        Names of records that are given otherwise.
    free
        Methods that are functions here, since what they are of is plain data.
    """

    def __init__(self, trees: Iterable[ast.Module], *, nouns: Iterable[str], free: Collection[str]) -> None:
        self.free = free
        self.classes: set[str] = set(nouns)
        self.records: set[str] = set(self.classes)
        self.signatures: dict[str, list[list[str]]] = {}
        self.count, self.is_free = 0, False
        for tree in trees:
            for node in ast.walk(tree):
                if isinstance(node, ast.ClassDef):
                    self.classes.add(node.name)
                    if _is_record(node):
                        self.records.add(node.name)
                    made = next((one for one in node.body if getattr(one, "name", "") == "__init__"), None)
                    if isinstance(made, ast.FunctionDef):
                        self.signatures.setdefault(node.name, []).append(parameters(made)[1:])
                elif isinstance(node, ast.FunctionDef):
                    names = parameters(node)
                    self.signatures.setdefault(node.name, []).append(
                        names[1:] if names[:1] == ["self"] else names
                    )

    # -- statements ------------------------------------------------------------------------------------

    def module(self, tree: ast.Module) -> str:
        said = []
        for node in tree.body:
            if isinstance(node, ast.FunctionDef):
                said.append(f"function {node.name}{self.function(node, parameters(node))}")
            elif isinstance(node, ast.ClassDef) and not _is_protocol(node):
                said.append(self.class_(node))
            elif isinstance(node, ast.Assign) and not isinstance(node.value, ast.Subscript):
                said.append(f"const {self.target(node.targets[0])}={self.value(node.value)};")
        return "\n".join(said)

    def class_(self, node: ast.ClassDef) -> str:
        methods = [one for one in node.body if isinstance(one, ast.FunctionDef)]
        parts = []
        if _is_record(node):
            fields = [one for one in node.body if isinstance(one, ast.AnnAssign)]
            names = [one.target.id for one in fields if isinstance(one.target, ast.Name)]
            given = ",".join(
                f"{name}:{self.value(one.value)}"
                for name, one in zip(names, fields, strict=True)
                if one.value
            )
            listed = f"static F={names!r};" if node.name.endswith(("Flow", "Run")) else ""
            parts.append(f"{listed}constructor(o){{Object.assign(this,{{{given}}},o)}}")
        for one in methods:
            name = "constructor" if one.name == "__init__" else one.name
            is_property = any(isinstance(d, ast.Name) and d.id == "property" for d in one.decorator_list)
            lead = "get " if is_property else ""
            parts.append(f"{lead}{name}{self.function(one, parameters(one)[1:])}")
        return f"class {node.name}{{{''.join(parts)}}}"

    def function(self, node: ast.FunctionDef, names: list[str]) -> str:
        given = {**_defaults(node)}
        listed = [_name(n) + (f"={self.value(given[n])}" if n in given else "") for n in names]
        own = sorted(_assigned(node) - set(names))
        locals_ = f"let {','.join(map(_name, own))};" if own else ""
        return f"({','.join(listed)}){{{locals_}{self.body(node.body)}}}"

    def body(self, nodes: list[ast.stmt]) -> str:
        return "".join(map(self.statement, nodes))

    def statement(self, node: ast.stmt) -> str:  # noqa: PLR0911, C901  one return for each kind
        match node:
            case ast.Expr(value=ast.Constant()) | ast.Assert() | ast.Pass():
                return ""
            case ast.Expr(value=value):
                return f"{self.value(value)};"
            case ast.Return(value=value):
                return f"return {self.value(value)};" if value is not None else "return;"
            case ast.Continue():
                return "continue;"
            case ast.Break():
                return "break;"
            case ast.AnnAssign(target=target, value=value):
                return "" if value is None else self.assign([target], value)
            case ast.Assign(targets=targets, value=value):
                return self.assign(targets, value)
            case ast.AugAssign():
                return self.augmented(node)
            case ast.If(test=test, body=body, orelse=orelse):
                other = f"else{{{self.body(orelse)}}}" if orelse else ""
                return f"if({self.test(test)}){{{self.body(body)}}}{other}"
            case ast.While(test=test, body=body):
                return f"while({self.test(test)}){{{self.body(body)}}}"
            case ast.For():
                return self.loop(node)
        raise CannotSayError(ast.dump(node)[:80])

    def assign(self, targets: list[ast.expr], value: ast.expr) -> str:
        if len(targets) > 1 and not isinstance(value, ast.Constant):
            self.count += 1
            held = f"$v{self.count}"
            return f"{{const {held}={self.value(value)};{''.join(self.put(one, held) for one in targets)}}}"
        return "".join(self.put(one, self.value(value)) for one in targets)

    def put(self, target: ast.expr, value: str) -> str:
        match target:
            case ast.Subscript(value=held, slice=ast.Slice(lower=low, upper=high)):
                ends = [self.value(one) if one is not None else "null" for one in (low, high)]
                return f"splice({self.value(held)},{','.join(ends)},{value});"
            case ast.Subscript(value=held, slice=at):
                return f"put({self.value(held)},{self.value(at)},{value});"
            case ast.Tuple():
                if any(isinstance(one, ast.Subscript) for one in target.elts):
                    raise CannotSayError("a subscript in a pattern")
                return f"{self.target(target)}={value};"
        return f"{self.target(target)}={value};"

    def augmented(self, node: ast.AugAssign) -> str:
        if _is_list(node.value):
            return f"{self.value(node.target)}.push(...{self.value(node.value)});"
        sign = COMPUTED[type(node.op)]
        if isinstance(node.target, ast.Subscript):
            held, at = self.value(node.target.value), self.value(node.target.slice)
            return f"put({held},{at},get({held},{at}){sign}{self.value(node.value)});"
        return f"{self.target(node.target)}{sign}={self.value(node.value)};"

    def loop(self, node: ast.For) -> str:
        inside = self.body(node.body)
        if isinstance(node.iter, ast.Call) and getattr(node.iter.func, "id", "") == "range":
            self.count += 1
            at = f"$i{self.count}"
            first, last = ["0", *map(self.value, node.iter.args)][-2:]
            name = self.target(node.target)
            return f"for(let {at}={first},$n={last};{at}<$n;{at}++){{{name}={at};{inside}}}"
        return f"for({self.target(node.target)} of it({self.value(node.iter)})){{{inside}}}"

    def target(self, node: ast.expr) -> str:
        match node:
            case ast.Name(id=name):
                return self.name(name)
            case ast.Attribute(value=value, attr=attr):
                return f"{self.value(value)}.{attr}"
            case ast.Tuple(elts=elts):
                return f"[{','.join(map(self.target, elts))}]"
            case ast.Starred(value=value):
                return f"...{self.target(value)}"
        raise CannotSayError(ast.dump(node)[:80])

    # -- expressions -----------------------------------------------------------------------------------

    def name(self, name: str) -> str:
        if name == "self" and self.is_free:
            return "self_"
        return RENAMED.get(name) or _name(name)

    def test(self, node: ast.expr) -> str:
        match node:
            case ast.BoolOp(op=op, values=values):
                sign = "&&" if isinstance(op, ast.And) else "||"
                return f"({sign.join(map(self.test, values))})"
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return f"!{self.test(operand)}"
            case ast.Compare() | ast.Constant(value=True):
                return self.value(node)
            case ast.Call(func=ast.Name(id="any" | "all")):
                return self.value(node)
        return f"t({self.value(node)})"

    def value(self, node: ast.expr) -> str:  # noqa: PLR0911, PLR0912, C901  one return for each kind
        match node:
            case ast.Constant(value=value):
                return constant(value)
            case ast.Name(id=name):
                return self.name(name)
            case ast.Attribute(value=ast.Name(id="math"), attr=attr):
                return f"Math.{attr}"
            case ast.Attribute(value=value, attr=attr):
                return f"{self.value(value)}.{attr}"
            case ast.List(elts=elts) | ast.Tuple(elts=elts) | ast.Set(elts=elts):
                return f"[{','.join(map(self.value, elts))}]"
            case ast.Starred(value=value):
                return f"...it({self.value(value)})"
            case ast.Dict(keys=keys, values=values):
                pairs = [f"[{self.value(k)},{self.value(v)}]" for k, v in zip(keys, values, strict=True) if k]
                return f"new Dict([{','.join(pairs)}])"
            case ast.ListComp(elt=elt, generators=found) | ast.GeneratorExp(elt=elt, generators=found):
                return self.gathered(self.value(elt), found)
            case ast.SetComp(elt=elt, generators=found):
                return f"distinct({self.gathered(self.value(elt), found)})"
            case ast.DictComp(key=key, value=value, generators=found):
                return f"new Dict({self.gathered(f'[{self.value(key)},{self.value(value)}]', found)})"
            case ast.UnaryOp(op=ast.Not()):
                return self.test(node)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return f"(-{self.value(operand)})"
            case ast.BinOp():
                return self.computed(node)
            case ast.BoolOp(op=op, values=values):
                first, *rest = values
                name = "and" if isinstance(op, ast.And) else "or"
                if all(isinstance(one, ast.Compare) for one in values):
                    return self.test(node)
                said = self.value(first)
                for one in rest:
                    said = f"{name}({said},()=>{self.value(one)})"
                return said
            case ast.Compare():
                return self.compared(node)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return f"({self.test(test)}?{self.value(body)}:{self.value(orelse)})"
            case ast.JoinedStr(values=values):
                return f"({'+'.join(map(self.piece, values))})"
            case ast.Subscript(value=value, slice=ast.Slice() as cut):
                return self.cut(self.value(value), cut)
            case ast.Subscript(value=value, slice=ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=1))):
                return f"{self.value(value)}.at(-1)"
            case ast.Subscript(value=value, slice=at):
                return f"get({self.value(value)},{self.value(at)})"
            case ast.Lambda(args=args, body=body):
                return f"(({','.join(_name(one.arg) for one in args.args)})=>{self.value(body)})"
            case ast.Call():
                return self.call(node)
        raise CannotSayError(ast.dump(node)[:80])

    def piece(self, node: ast.expr) -> str:
        if isinstance(node, ast.FormattedValue):
            return self.value(node.value)
        return self.value(node)

    def gathered(self, said: str, found: list[ast.comprehension]) -> str:
        if len(found) == 1:
            one = found[0]
            names = self.target(one.target)
            names = f"({names})" if names.startswith("[") else names
            tests = "".join(f".filter({names}=>{self.test(test)})" for test in one.ifs)
            same = "" if said == names else f".map({names}=>{said})"
            return f"arr({self.value(one.iter)}){tests}{same}"
        inner = f"$r.push({said});"
        for one in reversed(found):
            for test in reversed(one.ifs):
                inner = f"if({self.test(test)}){inner}"
            inner = f"for(const {self.target(one.target)} of it({self.value(one.iter)})){{{inner}}}"
        return f"(()=>{{const $r=[];{inner}return $r}})()"

    def cut(self, held: str, cut: ast.Slice) -> str:
        if cut.step is not None:
            return f"rev({held})"
        low = self.value(cut.lower) if cut.lower is not None else "0"
        high = f",{self.value(cut.upper)}" if cut.upper is not None else ""
        return f"{held}.slice({low}{high})"

    def computed(self, node: ast.BinOp) -> str:  # noqa: PLR0911  one return for each kind
        left, right = self.value(node.left), self.value(node.right)
        match node.op:
            case ast.Mult() if isinstance(node.left, ast.List):
                return f"rep({left},{right})"
            case ast.Mult() if isinstance(node.left, ast.Tuple):
                return f"rep({left},{right})"
            case ast.Add() if _is_list(node.left) or _is_list(node.right):
                return f"{left}.concat({right})"
            case ast.Pow():
                return f"Math.pow({left},{right})"
            case ast.FloorDiv():
                return f"Math.floor({left}/{right})"
            case ast.Mod():
                return f"mod({left},{right})"
        return f"({left}{COMPUTED[type(node.op)]}{right})"

    def compared(self, node: ast.Compare) -> str:
        sides = [node.left, *node.comparators]
        said = []
        for op, left, right in zip(node.ops, sides, sides[1:], strict=False):
            a, b = self.value(left), self.value(right)
            match op:
                case ast.Is():
                    said.append(f"{a}=={b}")
                case ast.IsNot():
                    said.append(f"{a}!={b}" if b == "null" else f"{a}!=={b}")
                case ast.In():
                    said.append(f"has({b},{a})")
                case ast.NotIn():
                    said.append(f"!has({b},{a})")
                case ast.Eq() | ast.NotEq() if _is_plain(left) or _is_plain(right):
                    said.append(f"{a}{'===' if isinstance(op, ast.Eq) else '!=='}{b}")
                case ast.Eq():
                    said.append(f"eq({a},{b})")
                case ast.NotEq():
                    said.append(f"!eq({a},{b})")
                case _:
                    said.append(f"{a}{COMPARED[type(op)]}{b}")
        return f"({'&&'.join(said)})"

    def call(self, node: ast.Call) -> str:  # noqa: PLR0911  one return for each kind
        args = list(map(self.value, node.args))
        match node.func:
            case ast.Name(id="max" | "min" as name):
                return self.extreme(name, node, args)
            case ast.Name(id=name) if name in self.records:
                fields = [f"...{self.value(k.value)}.plain()" if k.arg is None else f"{k.arg}:{self.value(k.value)}"
                          for k in node.keywords]  # fmt: skip
                return f"new {name}({{{','.join(fields)}}})"
            case ast.Name(id=name) if name in self.classes:
                return f"new {name}({','.join(self.arranged(name, node, args))})"
            case ast.Name(id=name) if name in CALLS:
                return f"{CALLS[name]}({','.join(args)})"
            case ast.Name(id=name):
                return f"{_name(name)}({','.join(self.arranged(name, node, args))})"
            case ast.Attribute(value=ast.Name(id="math"), attr=attr):
                return f"Math.{attr}({','.join(args)})"
            case ast.Attribute(value=value, attr=attr) if attr in self.free:
                return f"{attr}({','.join([self.value(value), *args])})"
            case ast.Attribute(value=value, attr=attr):
                return self.method(self.value(value), attr, node, args)
        raise CannotSayError(ast.dump(node)[:80])

    def method(self, held: str, attr: str, node: ast.Call, args: list[str]) -> str:
        if attr == "pop" and args == ["0"]:
            return f"{held}.shift()"
        if attr == "clear":
            return f"({held}.length=0)"
        if attr == "extend":
            return f"{held}.push(...it({args[0]}))"
        said = {"append": "push", "startswith": "startsWith"}.get(attr, attr)
        return f"{held}.{said}({','.join(self.arranged(attr, node, args))})"

    def extreme(self, name: str, node: ast.Call, args: list[str]) -> str:
        named = {k.arg: self.value(k.value) for k in node.keywords}
        if len(args) > 1 and not any(isinstance(one, ast.Starred) for one in node.args):
            return f"Math.{name}({','.join(args)})"
        values = args[0] if len(args) == 1 and not args[0].startswith("...") else f"[{','.join(args)}]"
        if "key" in named:
            return f"{name}By({values},{named['key']})"
        other = f",{named['default']}" if "default" in named else ""
        return f"{name}({values}{other})"

    def arranged(self, name: str, node: ast.Call, args: list[str]) -> list[str]:
        """Return the arguments of a call in the order of the function's parameters."""
        if not node.keywords:
            return args
        given = {str(k.arg): self.value(k.value) for k in node.keywords}
        fitting = [one for one in self.signatures.get(name, []) if set(given) <= set(one[len(args) :])]
        if len(fitting) != 1:
            raise CannotSayError(f"{name} with {', '.join(given)}")
        rest = fitting[0][len(args) :]
        last = max(rest.index(one) for one in given)
        return [*args, *(given.get(one, "undefined") for one in rest[: last + 1])]


def parameters(node: ast.FunctionDef) -> list[str]:
    return [one.arg for one in (*node.args.args, *node.args.kwonlyargs)]


def _defaults(node: ast.FunctionDef) -> dict[str, ast.expr]:
    args = node.args
    first = len(args.args) - len(args.defaults)
    found = {one.arg: value for one, value in zip(args.args[first:], args.defaults, strict=True)}
    return found | {
        one.arg: value for one, value in zip(args.kwonlyargs, args.kw_defaults, strict=True) if value
    }


def _assigned(node: ast.FunctionDef) -> set[str]:
    """Return the names that a function gives values to, those of comprehensions left out."""
    inside = {
        id(one)
        for comp in ast.walk(node)
        if isinstance(comp, ast.comprehension)
        for one in ast.walk(comp.target)
    }
    return {
        one.id
        for one in ast.walk(node)
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store) and id(one) not in inside
    }


def _is_record(node: ast.ClassDef) -> bool:
    called = [one.func if isinstance(one, ast.Call) else one for one in node.decorator_list]
    return any(isinstance(one, ast.Name) and one.id == "dataclass" for one in called)


def _is_protocol(node: ast.ClassDef) -> bool:
    return any(isinstance(one, ast.Name) and one.id == "Protocol" for one in node.bases)


def _is_list(node: ast.expr) -> bool:
    if isinstance(node, ast.BinOp):
        return _is_list(node.left) or _is_list(node.right)
    return isinstance(node, ast.List | ast.Tuple | ast.ListComp)


def _is_plain(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) or (isinstance(node, ast.Name) and node.id.isupper())


def _name(name: str) -> str:
    return f"{name}_" if name in RESERVED else name


def constant(value: object) -> str:
    if value is None or isinstance(value, bool):
        return RENAMED[str(value)]
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, float) and value == int(value) and abs(value) < 1e6:
        return str(int(value))
    return repr(value)
