"""Teach numba what a row is (two machine words, a load or a store for each attribute), and what a `Named` is."""

from __future__ import annotations

from typing import Any

from numba.core import cgutils, types
from numba.core.datamodel import models
from numba.core.imputils import lower_getattr_generic, lower_setattr_generic
from numba.core.typeconv import Conversion
from numba.core.typing import signature
from numba.core.typing.templates import AttributeTemplate, bound_function, infer_getattr
from numba.extending import lower_builtin, lower_cast, register_model, type_callable, typeof_impl

from tidegate.simulate.kernels.row import NOUNS, Amount, Field, Link, NamedMeta, Part, Row

# mypy: disable-error-code="no-untyped-call, misc, untyped-decorator, attr-defined, override"


class RowType(types.Type):
    """The compiler's type of a noun's rows."""

    def __init__(self, noun: type[Row]) -> None:
        self.noun = noun
        self.word = types.float64 if noun.holds_floats() else types.int64
        super().__init__(name=f"row of {noun.__name__}")

    def can_convert_from(self, _typing: Any, other: types.Type) -> Any:
        """Let a link be set to a bare address: to "none", or to one of the marks that say why there is none."""
        return Conversion.unsafe if isinstance(other, types.Integer) else None

    def type_of(self, attribute: str) -> Any:
        """Return the compiler's type of an attribute, None where a row has none of that name."""
        if attribute == "memory":
            return types.CPointer(self.word)
        if attribute == "at":
            return types.int64
        if attribute == "exists":
            return types.boolean
        column = self.noun.FIELDS.get(attribute)
        if isinstance(column, Link | Part):
            return TYPES[column.to]
        return None if column is None else types.float64 if isinstance(column, Amount) else types.int64


TYPES: dict[str, RowType] = {}
SIZES = ("SIZE", "PARAMETERS")


def register(noun: type[Row]) -> None:
    """Let a noun be called in compiled code with a memory and an address."""
    kind = TYPES[noun.__name__] = RowType(noun)

    @type_callable(noun)
    def _typed(_context: Any) -> Any:
        def typer(memory: Any, at: Any) -> Any:  # noqa: ARG001  numba reads the names
            return kind if isinstance(at, types.Integer) else None

        return typer

    @lower_builtin(noun, types.Any, types.Integer)
    def _lowered(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        at = context.cast(builder, args[1], sig.args[1], types.int64)
        return _row(context, builder, kind, args[0], at)


def _row(context: Any, builder: Any, kind: RowType, memory: Any, at: Any) -> Any:
    made = cgutils.create_struct_proxy(kind)(context, builder)
    made.memory, made.at = memory, at
    return made._getvalue()  # noqa: SLF001  numba's own way


@infer_getattr
class NounAttributes(AttributeTemplate):
    """Of a noun itself: how many words its rows take, and how many of them are parameters."""

    key = types.Function

    def generic_resolve(self, called: Any, name: str) -> Any:
        """Return the type of `SIZE` and `PARAMETERS`, of nouns only."""
        return types.int64 if name in SIZES and called.typing_key in NOUNS.values() else None


@lower_getattr_generic(types.Function)
def _words(context: Any, _builder: Any, called: Any, _value: Any, name: str) -> Any:
    return context.get_constant(types.int64, getattr(called.typing_key, name))


@register_model(RowType)
class RowModel(models.StructModel):
    """Two words."""

    def __init__(self, manager: Any, kind: RowType) -> None:
        super().__init__(manager, kind, [("memory", types.CPointer(kind.word)), ("at", types.int64)])


@infer_getattr
class RowAttributes(AttributeTemplate):
    """What stands behind a dot."""

    key = RowType

    def generic_resolve(self, kind: RowType, attribute: str) -> Any:
        """Return the type of an attribute."""
        return kind.type_of(attribute)

    @bound_function("row.on")
    def resolve_on(self, kind: RowType, args: Any, _keywords: Any) -> Any:
        """Return the signature of `Row.on`."""
        return signature(kind, *args)


@lower_builtin("row.on", RowType, types.Integer)
def _on(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    kind = sig.args[0]
    row = cgutils.create_struct_proxy(kind)(context, builder, value=args[0])
    rows = context.cast(builder, args[1], sig.args[1], types.int64)
    words = builder.mul(rows, context.get_constant(types.int64, kind.noun.SIZE))
    return _row(context, builder, kind, row.memory, builder.add(row.at, words))


@lower_cast(types.Integer, RowType)
def _bare_address(context: Any, builder: Any, given: Any, kind: RowType, value: Any) -> Any:
    """Make of a number what `_set` stores; nothing else takes it, so that it needs no memory."""
    nowhere = context.get_constant_null(types.CPointer(kind.word))
    return _row(context, builder, kind, nowhere, context.cast(builder, value, given, types.int64))


def _address(context: Any, builder: Any, row: Any, field: Field) -> Any:
    return builder.add(row.at, context.get_constant(types.int64, int(field)))


@lower_getattr_generic(RowType)
def _get(context: Any, builder: Any, kind: RowType, value: Any, attribute: str) -> Any:
    row = cgutils.create_struct_proxy(kind)(context, builder, value=value)
    if attribute in ("memory", "at"):
        return getattr(row, attribute)
    if attribute == "exists":
        return builder.icmp_signed(">", row.at, context.get_constant(types.int64, 0))
    column = kind.noun.FIELDS[attribute]
    at = _address(context, builder, row, column)
    if isinstance(column, Part):
        return _row(context, builder, TYPES[column.to], row.memory, at)
    word = builder.load(builder.gep(row.memory, [at]))
    if not isinstance(column, Link):
        return word
    if kind.word == types.float64:
        word = context.cast(builder, word, types.float64, types.int64)
    return _row(context, builder, TYPES[column.to], row.memory, word)


@lower_setattr_generic(RowType)
def _set(context: Any, builder: Any, sig: Any, args: Any, attribute: str) -> None:
    kind, given = sig.args
    row = cgutils.create_struct_proxy(kind)(context, builder, value=args[0])
    word = args[1]
    if isinstance(given, RowType):  # of a link the address is kept
        word, given = cgutils.create_struct_proxy(given)(context, builder, value=word).at, types.int64
    word = context.cast(builder, word, given, kind.word)
    at = _address(context, builder, row, kind.noun.FIELDS[attribute])
    builder.store(word, builder.gep(row.memory, [at]))


class NamedType(types.Dummy):
    """The compiler's type of a class of names."""

    def __init__(self, names: Any) -> None:
        self.names = names
        super().__init__(f"names of {names.__name__}")


@typeof_impl.register(NamedMeta)
def _type_of_names(names: Any, _context: Any) -> NamedType:
    return NamedType(names)


register_model(NamedType)(models.OpaqueModel)


@infer_getattr
class NameAttributes(AttributeTemplate):
    """A name is a number."""

    key = NamedType

    def generic_resolve(self, kind: NamedType, name: str) -> Any:
        """Return the type of a name."""
        return types.int64 if name in kind.names.__members__ else None


@lower_getattr_generic(NamedType)
def _number(context: Any, _builder: Any, kind: NamedType, _value: Any, name: str) -> Any:
    return context.get_constant(types.int64, int(kind.names[name]))
