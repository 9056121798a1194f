"""Tensors: types and promotion, conversion, texts, indexing, numpy, randomness, devices, saving, data loading."""

import copy
import io
import pickle

import numpy as np

from tests.spec.observe import arr, raises, ramp, warned


# ---- making tensors
def case_dtype_inference(torch):
    """tensor() infers int64, float32, bool, complex64 from Python values, keeps numpy dtypes; mixed lists promote;
    ragged or textual data are errors.
    """
    T = torch.tensor
    d = lambda *a, **k: str(T(*a, **k).dtype)
    return dict(
        int=d(1),
        float=d(1.0),
        bool=d(True),
        mixed=d([1, 2.5]),
        boolint=d([True, 2]),
        empty=d([]),
        complex=d(1j),
        np64=d(np.float64(1)),
        np32=d(np.ones(2, "float32")),
        npint=d(np.arange(2, dtype="int16")),
        given=d([1.7, -1.7], dtype=torch.int64),
        values=arr(T([1.7, -1.7], dtype=torch.int64)),
        tensors=d([T(1), T(2.5)]),
        ragged=raises(T, [[1, 2], [3]]),
        text=raises(T, ["a"]),
        kind=type(T(1)).__name__,
        shapes=[tuple(T(x).shape) for x in (1, [], [[1], [2]], [[[]]])],
        overflow=raises(T, 300, dtype=torch.uint8),
    )


def case_factories(torch):
    """zeros, ones, full, arange, linspace, eye, *_like, new_*, empty: dtypes, values and errors."""
    x = torch.ones(2, dtype=torch.float64)
    r = dict(
        zeros=torch.zeros(2),
        ones=torch.ones(1, 2, dtype=torch.int32),
        full=torch.full((2,), 7),
        fullf=torch.full((1,), 7.0),
        fullb=torch.full((1,), True),
        arange=torch.arange(3),
        arangef=torch.arange(0, 1, 0.25),
        arange2=torch.arange(1.0, 4.0),
        neg=torch.arange(5, 0, -2),
        lin=torch.linspace(0, 1, 5),
        log=torch.logspace(0, 2, 3),
        eye=torch.eye(2, 3),
        like=torch.zeros_like(x),
        likei=torch.ones_like(x, dtype=torch.int64),
        full_like=torch.full_like(x, 3),
        new=x.new_tensor([1, 2]),
        newz=x.new_zeros(2),
        newf=x.new_full((1,), 5),
        tril=torch.ones(2, 2).tril(),
        hot=torch.nn.functional.one_hot(torch.tensor([0, 2])),
        diag=torch.diag(torch.tensor([1, 2])),
    )
    return {k: arr(v) for k, v in r.items()} | dict(
        empty=[tuple(torch.empty(2, 0).shape), torch.empty(3, dtype=torch.int8).dtype == torch.int8],
        step=raises(torch.arange, 0, 1, -1),
        negative=raises(torch.zeros, -1),
    )


def case_legacy_constructors(torch):
    """torch.Tensor, FloatTensor, LongTensor from data or sizes, and autograd.Variable, which is a Tensor."""
    V = torch.autograd.Variable(torch.ones(2), requires_grad=True)
    (V * 3).sum().backward()
    return dict(
        tensor=[arr(torch.Tensor([1, 2])), tuple(torch.Tensor(2, 3).shape), str(torch.Tensor().dtype)],
        float=arr(torch.FloatTensor([1, 2])),
        long=arr(torch.LongTensor([[1], [2]])),
        double=str(torch.DoubleTensor(2).dtype),
        variable=[type(V).__name__, V.requires_grad, arr(V.grad), isinstance(V, torch.Tensor)],
        data=type(V.data).__name__,
    )


def case_default_dtype(torch):
    """set_default_dtype changes what floats become (and complex with it), not integers or existing tensors;
    only floating types are allowed.
    """
    before = torch.ones(1)
    torch.set_default_dtype(torch.float64)
    seen = [
        str(t.dtype)
        for t in (
            torch.tensor(1.0),
            torch.zeros(1),
            torch.tensor(1),
            torch.tensor(1) / 2,
            before + 1.5,
            torch.tensor(1j),
            torch.nn.Linear(1, 1).weight,
            torch.rand(1),
        )
    ]
    error = raises(torch.set_default_dtype, torch.int64)
    torch.set_default_dtype(torch.float32)
    return dict(seen=seen, error=error[0], back=str(torch.get_default_dtype()))


def case_sharing_with_numpy(torch):
    """from_numpy, as_tensor and numpy() share memory both ways; tensor() copies; dtypes are kept."""
    a = np.array([1.0, 2.0, 3.0])
    shared, as_t, copied = torch.from_numpy(a), torch.as_tensor(a), torch.tensor(a)
    as32 = torch.as_tensor(a, dtype=torch.float32)
    a[0] = 100
    shared[1] = -5
    t = torch.ones(2, 2)
    view = t.t().numpy()
    t[0, 1] = 9
    view[0, 0] = 4
    return dict(
        a=a,
        shared=arr(shared),
        as_t=arr(as_t),
        copied=arr(copied),
        as32=arr(as32),
        view=view.copy(),
        t=arr(t),
        dtypes=[
            str(torch.from_numpy(np.zeros(1, d)).dtype)
            for d in ("int8", "uint8", "int16", "int32", "int64", "float16", "float32", "float64", "bool", "complex64")
        ],
        same=torch.as_tensor(shared) is shared,
    )


def case_numpy_conversion_errors(torch):
    """What cannot be converted: strings, negative strides, lists given to from_numpy, bfloat16."""
    return dict(
        string=raises(torch.from_numpy, np.array(["a"]))[0],
        negative=raises(lambda: torch.from_numpy(np.arange(3)[::-1])),
        list=raises(torch.from_numpy, [1]),
        bf16=raises(torch.ones(1, dtype=torch.bfloat16).numpy),
        flipped=arr(torch.from_numpy(np.arange(3)[::-1].copy())),
    )


def case_tensor_of_a_tensor_warns(torch):
    """torch.tensor(tensor) copies and warns to use clone().detach(); as_tensor does not; the copy has no history."""
    x = torch.tensor([1.0], requires_grad=True)
    made = []
    w = warned(lambda: made.append(torch.tensor(x * 2)))
    return dict(
        warning=[t[:90] for t in w],
        flags=[made[0].requires_grad, made[0].is_leaf],
        quiet=warned(lambda: torch.as_tensor(x)),
        same=torch.as_tensor(x) is x,
    )


# ---- types and arithmetic
def case_promotion_table(torch):
    """Result dtypes: category first (bool < int < float < complex),
    0-d tensors and Python numbers do not widen within a category.
    """
    one = lambda d: torch.ones(1, dtype=d)
    names = dict(
        b=torch.bool,
        u8=torch.uint8,
        i8=torch.int8,
        i32=torch.int32,
        i64=torch.int64,
        f16=torch.float16,
        bf=torch.bfloat16,
        f32=torch.float32,
        f64=torch.float64,
        c64=torch.complex64,
    )
    table = {f"{a}+{b}": str((one(x) + one(y)).dtype)[6:] for a, x in names.items() for b, y in names.items() if a < b}
    zero_d = torch.tensor(2.0, dtype=torch.float64)
    return dict(
        table=table,
        number=[
            str((one(torch.float16) * 2.5).dtype),
            str((one(torch.int32) + 2).dtype),
            str((one(torch.int32) + 2.5).dtype),
            str((one(torch.bool) + 1).dtype),
        ],
        zero_d=[
            str((one(torch.float32) * zero_d).dtype),
            str((one(torch.int64) * zero_d).dtype),
            str((torch.tensor(1, dtype=torch.int8) + torch.tensor(1)).dtype),
        ],
        helper=[
            str(torch.promote_types(torch.int32, torch.float16)),
            str(torch.result_type(one(torch.int8), 3.0)),
            torch.can_cast(torch.float32, torch.int64),
            torch.can_cast(torch.int64, torch.float32),
        ],
    )


def case_division_and_integers(torch):
    """/ is true division, // floors, % follows the divisor's sign, fmod and truncation the dividend's;
    integer powers; division by zero.
    """
    a, b = torch.tensor([7, -7, 7, -7]), torch.tensor([2, 2, -2, -2])
    return dict(
        true=arr(a / b),
        floor=arr(a // b),
        mod=arr(a % b),
        fmod=arr(torch.fmod(a, b)),
        trunc=arr(torch.div(a, b, rounding_mode="trunc")),
        mean=raises(a.mean),
        pow=arr(a**2),
        negative_pow=raises(lambda: a**-1),
        float_pow=arr(torch.tensor([2.0]) ** -1),
        by_zero=arr(torch.tensor([1, -1, 0]) / 0),
        int_by_zero=raises(lambda: a // 0),
        floats=arr(torch.tensor([-7.5, 7.5]) // 2),
        fmodf=arr(torch.tensor([-7.5, 7.5]) % 2),
        r=[
            arr(2 / torch.tensor([4])),
            arr(7 // torch.tensor([2.0])),
            arr(2 ** torch.tensor([3])),
            arr(5 - torch.tensor([1])),
        ],
    )


def case_rounding_and_special_values(torch):
    """round half to even, casts truncate, bool casts, nan in comparisons, max and sort, sign and clamp."""
    x = torch.tensor([-1.5, -0.5, 0.5, 1.5, 2.5])
    n = torch.tensor([1.0, float("nan"), 2.0])
    return dict(
        round=arr(x.round()),
        digits=arr(torch.tensor([1.2345]).round(decimals=2)),
        to_int=arr(x.long()),
        to_bool=arr(x.bool()),
        u8=arr(torch.tensor([300, -1]).to(torch.uint8)),
        nan_eq=arr(n == n),
        nan_max=[n.max().item(), torch.maximum(n, torch.zeros(3))[1].item(), n.argmax().item()],
        sort=arr(torch.sort(n).values),
        fmax=arr(torch.fmax(n, torch.zeros(3))),
        clamp=arr(n.clamp(0, 1.5)),
        sign=arr(torch.tensor([-2.0, 0.0, 3.0]).sign()),
        isnan=arr(n.isnan()),
        nan_to_num=arr(torch.tensor([float("inf"), float("nan")]).nan_to_num(7.0, posinf=9.0)),
        nansum=n.nansum().item(),
        trunc=arr(x.trunc()),
        frac=arr(torch.tensor([-1.5]).frac()),
    )


def case_boolean_arithmetic(torch):
    """Operators on bool tensors: & | ^ ~ work, + counts as logical or, sum gives int64, - is refused with a hint."""
    a, b = torch.tensor([True, True, False]), torch.tensor([True, False, False])
    return dict(
        ops=arr([a & b, a | b, a ^ b, ~a, a + b, a * b]),
        sum=[a.sum().item(), str(a.sum().dtype)],
        minus=raises(lambda: a - b),
        neg=raises(lambda: -a),
        mean=raises(a.mean)[0],
        float=arr(a.float()),
        any=[a.any().item(), a.all().item(), str(a.any().dtype)],
        invert=raises(lambda: ~torch.ones(1)),
    )


def case_comparisons_and_equality(torch):
    """== is element-wise (and False against other kinds); torch.equal, allclose, is; `in` compares values;
    hash and dict keys go by identity.
    """
    a, b = torch.tensor([1.0, 2.0]), torch.tensor([1.0, 2.0])
    d = {a: "a"}
    return dict(
        eq=arr(a == b),
        ne=arr(a != torch.tensor([1.0, 3.0])),
        other=[a == "x", a != "x", (a == 1).tolist()],
        equal=[torch.equal(a, b), torch.equal(a, torch.ones(3))],
        close=[
            torch.allclose(a, b + 1e-9),
            torch.allclose(a, b + 1e-3),
            torch.allclose(torch.tensor([float("nan")]), torch.tensor([float("nan")]), equal_nan=True),
        ],
        contains=[2.0 in a, 5 in a, torch.tensor(1.0) in a],
        dict=[a in d, b in d],
        hash=hash(a) == hash(a),
        list=raises(lambda: b in [a]),
        is_=a is a.float(),
        dtype_eq=torch.equal(torch.tensor([1]), torch.tensor([1.0])),
        lt=arr(a < 2),
    )


def case_scalars_and_truth(torch):
    """item, tolist, bool, int, float, len, iteration, index: what works for which sizes, and the errors."""
    v, s = torch.tensor([1.5, 2.5]), torch.tensor(3)
    return dict(
        item=[s.item(), torch.tensor([[2.5]]).item(), type(torch.tensor(True).item()).__name__],
        many=raises(v.item),
        tolist=[s.tolist(), torch.tensor([[1, 2]]).tolist()],
        truth=[bool(torch.tensor(0.0)), bool(torch.tensor([2])), raises(bool, v), raises(bool, torch.tensor([]))],
        len=[len(v), raises(len, s)],
        iter=[[float(x) for x in v], raises(iter, s), type(next(iter(v))).__name__],
        int=[int(torch.tensor([1.7])), float(s), complex(s) == 3 + 0j],
        index=[[10, 20, 30, 40][s], list(range(s))],
        numbers=[bool(s + 1 == 4), abs(torch.tensor(-2)).item()],
        item_grad=torch.tensor(1.5, requires_grad=True).item(),
    )


def case_dtype_objects_and_type_strings(torch):
    """dtype texts and aliases, finfo/iinfo, element sizes, legacy type strings, type predicates."""
    x = torch.ones(2)
    return dict(
        str=[
            str(torch.float32),
            repr(torch.int64),
            str(torch.float),
            str(torch.double),
            str(torch.half),
            str(torch.long),
        ],
        alias=torch.float is torch.float32,
        flags=[
            torch.float16.is_floating_point,
            torch.int8.is_floating_point,
            torch.complex64.is_complex,
            torch.bfloat16.itemsize,
        ],
        finfo=[torch.finfo(torch.float32).eps, torch.finfo(torch.float16).max, torch.iinfo(torch.int16).min],
        size=[x.element_size(), x.double().element_size(), x.nelement(), x.numel()],
        type=[
            x.type(),
            x.long().type(),
            x.bool().type(),
            x.type(torch.float64).type(),
            x.type("torch.IntTensor").type(),
        ],
        is_=[
            torch.is_tensor(x),
            torch.is_tensor([1]),
            torch.is_floating_point(x),
            isinstance(x, torch.FloatTensor),
            isinstance(x, torch.Tensor),
        ],
    )


def case_conversion_identity(torch):
    """to(), float(), cpu(), contiguous() return the same tensor when nothing changes;
    to() with copy or another dtype makes a new one, keeping history.
    """
    x = torch.ones(2, requires_grad=True)
    y = x.double()
    y.sum().backward()
    return dict(
        same=[
            x.to(torch.float32) is x,
            x.float() is x,
            x.cpu() is x,
            x.to("cpu") is x,
            x.to(x) is x,
            x.type_as(x) is x,
        ],
        new=[x.to(torch.float32, copy=True) is x, x.clone() is x, x.detach() is x],
        double=[str(y.dtype), y.requires_grad, str(x.grad.dtype)],
        other=str(x.to(torch.ones(1, dtype=torch.int32)).dtype),
        half=arr(torch.tensor([70000.0, 1e-8]).half()),
        bf=torch.tensor([1.00390625]).bfloat16().float().item(),
    )


# ---- texts
def case_repr_basic(torch):
    """repr of scalars, vectors and matrices:
    default dtypes are not named, four decimals, integers in floats shortened, alignment.
    """
    T = torch.tensor
    return [
        repr(t)
        for t in (
            T(1),
            T(1.5),
            T(-0.25),
            T([1, 2, 3]),
            T([1.0, 2.0]),
            T([1.5, 2, 3]),
            T([-1.5, 2.25]),
            T([1, -20, 300]),
            T([True, False]),
            T([[1, 2], [3, 4]]),
            T([[1.5, -2], [3, 4]]),
            T([[[1.0], [2.0]]]),
            T([1.23456789]),
            T([12345.678]),
            T([0.0, 0.0]),
        )
    ]


def case_repr_scientific_and_special(torch):
    """Scientific notation when the range demands it; nan and inf; very large or small values."""
    T = torch.tensor
    return [
        repr(t)
        for t in (
            T(1e-10),
            T([1e-8, 1.0]),
            T([1e5, 2.5]),
            T([1e10, 1.0]),
            T([100000.0, 1e-5]),
            T([0.0001, 0.1]),
            T([[1e-3, 1e3]]),
            T(123456789.0),
            T([1.0, float("nan"), float("inf")]),
            T([-float("inf"), 2.5]),
            T([1e30, 1.0]),
            T([1234567.0, 2.0]),
        )
    ]


def case_repr_of_other_dtypes_and_empties(torch):
    """Other dtypes are named at the end; empty tensors show their size when it is not (0,); complex numbers."""
    T = torch.tensor
    return [
        repr(t)
        for t in (
            T(3, dtype=torch.int8),
            T([1.0], dtype=torch.float64),
            T([1.0, 2.5], dtype=torch.float16),
            T([1.5], dtype=torch.bfloat16),
            T([1], dtype=torch.int32),
            T([7], dtype=torch.uint8),
            T([]),
            torch.zeros(2, 0),
            torch.zeros(0, dtype=torch.int64),
            torch.zeros(0, 3, dtype=torch.int32),
            T([1 + 2j]),
            T([0.5 - 1j, 2]),
        )
    ]


def case_repr_of_recorded_tensors(torch):
    """requires_grad=True on leaves, grad_fn=<Name> on results, nothing on detached ones; Parameters;
    line breaks in long ones.
    """
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    p = torch.nn.Parameter(torch.ones(1, 2))
    return [
        repr(t)
        for t in (
            w,
            w + 1,
            w.sum(),
            (w * 2).detach(),
            w[0],
            w.view(1, 2),
            p,
            p * 2,
            w.double(),
            torch.tensor([1.0], dtype=torch.float64, requires_grad=True),
            torch.arange(12.0, requires_grad=True) * 1.5,
        )
    ]


def case_repr_summaries(torch):
    """More than 1000 elements are summarised with three at each edge; lines wrap at 80 columns."""
    return [
        repr(t).splitlines()
        for t in (
            torch.arange(1001),
            torch.arange(1000)[::7],
            torch.zeros(30, 40),
            torch.arange(24.0).view(2, 3, 4),
            torch.zeros(1001, 2),
            torch.arange(2002).view(2, 1001),
        )
    ]


def case_print_options_and_formatting(torch):
    """set_printoptions changes precision, threshold, scientific mode;
    f-strings format 0-d tensors like numbers, others without a format only.
    """
    s, v = torch.tensor(3.14159), torch.tensor([1.0, 2.0])
    torch.set_printoptions(precision=2)
    a = repr(torch.tensor([1.23456, 2.0]))
    torch.set_printoptions(threshold=5, edgeitems=1)
    b = repr(torch.arange(10))
    torch.set_printoptions(sci_mode=True)
    c = repr(torch.tensor([1.5, 2.0]))
    torch.set_printoptions(profile="default")
    torch.set_printoptions(sci_mode=None)
    return dict(
        a=a,
        b=b,
        c=c,
        back=repr(torch.tensor([1.23456])),
        f=[
            f"{s:.2f}",
            f"{v}",
            f"{s}",
            f"{torch.tensor(7):03d}",
            "%.1f" % s,  # noqa: UP031 - percent formatting is observed
            f"{s:>8.3f}",
        ],
        error=raises(lambda: f"{v:.2f}"),
        str=str(v) == repr(v),
        size=f"{v.shape}",
    )


def case_size_objects(torch):
    """torch.Size is a tuple with numel(); adding and slicing give Sizes; comparison with tuples and lists; text."""
    s = torch.ones(2, 3, 4).shape
    return dict(
        repr=[repr(s), repr(s[1:]), repr(torch.Size([])), str(torch.Size([1, 2]))],
        kinds=[
            type(s).__name__,
            type(s[1:]).__name__,
            type(s + (1,)).__name__,
            type(s[0]).__name__,
            isinstance(s, tuple),
        ],
        numel=[s.numel(), torch.Size([]).numel()],
        eq=[s == (2, 3, 4), s == [2, 3, 4]],
        size=[torch.ones(2, 3).size(1), torch.ones(2, 3).size(-2), torch.ones(2, 3).dim(), torch.ones(2).ndim],
        unpack=[*s],
        hash=hash(s) == hash((2, 3, 4)),
        add=repr(s[:1] + s[1:2]),
        times=repr(s[:1] * 2),
        error=raises(torch.ones(2).size, 3),
    )


# ---- indexing and shapes
def case_indexing_forms(torch):
    """Integers, slices, None, Ellipsis, masks, lists, index tensors, mixed; values, shapes and errors."""
    x = ramp(torch, 3, 4)
    i = torch.tensor([2, 0])
    return dict(
        row=arr(x[1]),
        neg=arr(x[-1, -1]),
        cols=arr(x[:, 1:3]),
        step=arr(x[::2, ::3]),
        none=tuple(x[:, None].shape),
        dots=arr(x[..., 0]),
        mask=arr(x[x % 2 == 0]),
        rowmask=arr(x[torch.tensor([True, False, True])]),
        fancy=arr(x[i]),
        pairs=arr(x[i, [1, 3]]),
        mixed=arr(x[i, 1:3]),
        grid=arr(x[i[:, None], torch.tensor([0, 3])]),
        true=tuple(x[True].shape),
        empty=tuple(x[[]].shape),
        lists=arr(x[[0, 2]]),
        zero_d=arr(x[torch.tensor(1)]),
        range=raises(lambda: x[5]),
        range2=raises(lambda: x[i + 5]),
        too_many=raises(lambda: x[0, 0, 0]),
        negstep=raises(lambda: x[::-1]),
        float=raises(lambda: x[1.5]),
        fmask=raises(lambda: x[torch.tensor([0.5])]),
        maskshape=raises(lambda: x[torch.tensor([True, False])]),
        beyond=tuple(x[7:9].shape),
    )


def case_gathering_operations(torch):
    """gather, take, take_along_dim, index_select, masked_select, nonzero, where, roll, flip, rot90,
    repeat_interleave, tile.
    """
    x = ramp(torch, 2, 3)
    return dict(
        gather=arr(x.gather(1, torch.tensor([[2, 0], [1, 1]]))),
        take=arr(x.take(torch.tensor([5, 0]))),
        along=arr(torch.take_along_dim(x, x.argsort(1, descending=True), 1)),
        select=arr(x.index_select(1, torch.tensor([2, 2]))),
        masked=arr(x.masked_select(x > 3)),
        nonzero=arr(torch.nonzero(x > 3)),
        tup=[arr(t) for t in torch.nonzero(x > 3, as_tuple=True)],
        where=arr(torch.where(x > 2, x, -1.0)),
        where1=[arr(t) for t in torch.where(x > 4)],
        roll=arr(x.roll(1, 1)),
        flip=arr(x.flip(0, 1)),
        rot=arr(torch.rot90(x)),
        rep=arr(torch.tensor([1, 2]).repeat_interleave(torch.tensor([2, 1]))),
        tile=arr(torch.tensor([1, 2]).tile(2, 2)),
        error=raises(lambda: x.gather(1, torch.tensor([[7]]))),
        select_error=raises(lambda: x.index_select(0, torch.tensor([9]))),
    )


def case_shape_operations_and_errors(torch):
    """cat, stack, split, chunk, unbind, squeeze, unsqueeze, permute, movedim, flatten, unflatten, expand, broadcast;
    the errors of wrong sizes.
    """
    x = ramp(torch, 2, 3)
    c, st = torch.cat, torch.stack
    return dict(
        cat=arr(c([x, x[:1]])),
        cat1=tuple(c([x, x], 1).shape),
        catmixed=str(c([x, torch.ones(1, 3, dtype=torch.int64)]).dtype),
        stack=tuple(st([x, x], -1).shape),
        split=[tuple(t.shape) for t in x.split([1, 2], 1)],
        chunk=[len(torch.arange(7).chunk(3)), [len(t) for t in torch.arange(7).chunk(3)]],
        squeeze=[tuple(torch.ones(1, 2, 1).squeeze().shape), tuple(torch.ones(1, 2, 1).squeeze(1).shape)],
        unsq=tuple(x.unsqueeze(-1).shape),
        permute=tuple(torch.ones(2, 3, 4).permute(2, 0, 1).shape),
        move=tuple(torch.ones(2, 3, 4).movedim(0, -1).shape),
        flat=tuple(torch.ones(2, 3, 4).flatten(1).shape),
        unflat=tuple(x.unflatten(1, (3, 1)).shape),
        bc=[tuple(t.shape) for t in torch.broadcast_tensors(torch.ones(2, 1), torch.ones(3))],
        mesh=[arr(t) for t in torch.meshgrid(torch.arange(2), torch.arange(2), indexing="ij")],
        cat_error=raises(c, [torch.ones(2, 2), torch.ones(2, 3)]),
        stack_error=raises(st, [torch.ones(2), torch.ones(3)]),
        add_error=raises(lambda: torch.ones(2) + torch.ones(3)),
        mm_error=raises(lambda: torch.ones(2, 3) @ torch.ones(2, 3)),
        dim_error=raises(x.squeeze, 5),
        split_error=raises(lambda: x.split([1, 1], 1))[0],
        empty=raises(c, []),
        dot=raises(lambda: torch.ones(2) @ torch.ones(3)),
    )


def case_reductions(torch):
    """sum, mean, var, std, max, min, argmax, median, prod, cumsum, any, all, norm, logsumexp:
    dims, keepdim, dtypes, empties, ties.
    """
    x = torch.tensor([[1.0, 5.0, 3.0], [5.0, 2.0, 5.0]])
    e = torch.tensor([])
    mx = x.max(1)
    return dict(
        sum=[x.sum().item(), arr(x.sum(0)), arr(x.sum(1, keepdim=True)), arr(x.sum((0, 1)))],
        int_sum=str(torch.ones(2, dtype=torch.int8).sum().dtype),
        mean=arr(x.mean(-1)),
        var=[
            arr(x.var(1)),
            arr(x.var(1, unbiased=False)),
            arr(x.std(0, correction=0)),
            torch.tensor([1.0]).std().item(),
        ],
        max=[x.max().item(), arr(mx.values), arr(mx.indices), type(mx).__name__],
        argmax=[x.argmax().item(), arr(x.argmax(1)), arr(x.argmin(0))],
        median=[torch.tensor([1.0, 4.0, 2.0, 3.0]).median().item(), arr(x.median(1).values)],
        prod=x.prod().item(),
        cumsum=arr(x.cumsum(1)),
        norm=[x.norm().item(), arr(x.norm(dim=1)), arr(x.norm(1, dim=0))],
        lse=arr(x.logsumexp(1)),
        empty=[e.sum().item(), e.prod().item(), e.mean().item(), raises(e.max), e.all().item(), e.any().item()],
        aminmax=[t.item() for t in x.aminmax()],
        mode=arr(x.mode(1).values),
        count=x.count_nonzero().item(),
        bad=raises(x.sum, 2),
        quant=x.quantile(0.25).item(),
    )


def case_sorting_and_searching(torch):
    """sort (stable), argsort, topk, kthvalue, unique with inverse and counts, searchsorted, bucketize,
    bincount, histc, isin.
    """
    x = torch.tensor([3, 1, 2, 1])
    s, t = x.sort(stable=True), torch.tensor([1.0, 5.0, 3.0]).topk(2)
    u = torch.unique(x, return_inverse=True, return_counts=True)
    return dict(
        sort=[arr(s.values), arr(s.indices)],
        desc=arr(x.sort(descending=True).values),
        argsort=arr(torch.tensor([3.0, 1.0, 2.0]).argsort()),
        topk=[arr(t.values), arr(t.indices)],
        small=arr(torch.tensor([1.0, 5.0, 3.0]).topk(1, largest=False).values),
        kth=x.kthvalue(3).values.item(),
        unique=[arr(v) for v in u],
        consecutive=arr(torch.unique_consecutive(torch.tensor([1, 1, 2, 1]))),
        search=arr(torch.searchsorted(torch.tensor([1.0, 3.0, 5.0]), torch.tensor([3.0, 4.0]))),
        right=arr(torch.searchsorted(torch.tensor([1.0, 3.0, 5.0]), torch.tensor([3.0]), right=True)),
        bucket=arr(torch.bucketize(torch.tensor([0.5, 2.0]), torch.tensor([1.0, 2.0]))),
        bin=arr(torch.bincount(x)),
        histc=arr(torch.histc(torch.tensor([1.0, 2.0, 1.0]), bins=4, min=0, max=3)),
        isin=arr(torch.isin(x, torch.tensor([1, 7]))),
        k=raises(lambda: torch.ones(2).topk(3)),
    )


def case_products_of_matrices(torch):
    """matmul in all dimension pairings, bmm, einsum, outer, dot, tensordot, solve, inv, det, svd values,
    triangular parts.
    """
    a, b, v = ramp(torch, 2, 3), ramp(torch, 3, 2, start=1), torch.tensor([1.0, 2.0, 3.0])
    batch = ramp(torch, 2, 2, 3, step=0.5)
    m = torch.tensor([[2.0, 1.0], [1.0, 3.0]])
    L = torch.linalg
    return dict(
        mm=arr(a @ b),
        mv=arr(a @ v),
        vm=arr(v @ b),
        dot=(v @ v).item(),
        batch=arr(batch @ b),
        bcast=tuple((torch.ones(5, 1, 2, 3) @ torch.ones(4, 3, 2)).shape),
        ein=arr(torch.einsum("bij,jk->bik", batch, b)),
        trace=torch.einsum("ii", m).item(),
        outer=arr(torch.outer(v, v)),
        td=arr(torch.tensordot(a, b, dims=1)),
        solve=arr(L.solve(m, torch.tensor([1.0, 2.0]))),
        inv=arr(L.inv(m)),
        det=L.det(m).item(),
        svd=arr(L.svdvals(m)),
        norm=L.norm(m).item(),
        eig=arr(L.eigvalsh(m)),
        chol=arr(L.cholesky(m)),
        T=[tuple(a.T.shape), tuple(batch.mT.shape)],
        kron=arr(torch.kron(torch.eye(2), torch.ones(1, 2))),
        cdist=arr(torch.cdist(torch.zeros(1, 2), torch.tensor([[3.0, 4.0]]))),
        triu=arr(m.triu(1)),
        int=arr(torch.tensor([[1, 2]]) @ torch.tensor([[3], [4]])),
    )


# ---- numpy, copies, files
def case_numpy_sees_tensors(torch):
    """np.asarray and np.array take tensors; numpy functions accept plain ones;
    numpy scalars times tensors stay tensors with history.
    """
    t = torch.tensor([1.0, 2.0])
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    shared = np.asarray(t)
    t[0] = 7
    y = np.float32(3) * w
    return dict(
        shared=shared,
        copy=np.array(t),
        f64=np.asarray(t, dtype="float64"),
        stack=np.stack([t, t]),
        mean=float(np.mean(t.numpy())),
        scalar=[type(y).__name__, y.requires_grad, arr(y)],
        mixed=str((t * np.ones(2)).dtype),
        grad=raises(np.asarray, w),
        isinstance=isinstance(t.numpy(), np.ndarray),
        zero_d=[np.asarray(torch.tensor(2.5)).shape, float(np.asarray(torch.tensor(2.5)))],
    )


def case_copies_and_pickles(torch):
    """clone keeps history, deepcopy and pickle keep values, dtype, requires_grad (and deepcopy .grad);
    copy.copy shares memory.
    """
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    (w * 3).sum().backward()
    d, p, s, c = copy.deepcopy(w), pickle.loads(pickle.dumps(w)), copy.copy(w), w.clone()
    with torch.no_grad():
        w[0] = 100.0
    return dict(
        deep=[arr(d), d.requires_grad, arr(d.grad)],
        pickle=[arr(p), p.requires_grad, p.is_leaf],
        shallow=arr(s),
        clone=[arr(c), c.grad_fn.name()],
        history=raises(copy.deepcopy, w * 2)[0],
        param=type(pickle.loads(pickle.dumps(torch.nn.Parameter(torch.ones(1))))).__name__,
        ints=arr(pickle.loads(pickle.dumps(torch.arange(3)))),
        nested=arr(copy.deepcopy({"a": [torch.ones(1)]})["a"][0]),
    )


def case_saving_and_loading_tensors(torch):
    """torch.save / load: nested containers, dtypes, 0-d, requires_grad, Parameters;
    the default load refuses arbitrary objects.
    """
    buf = io.BytesIO()
    data = {
        "t": torch.arange(3),
        "nested": [torch.tensor(1.5), (torch.ones(1, 2, dtype=torch.float64), "s", 3, None, True)],
        "w": torch.tensor([1.0], requires_grad=True),
        "p": torch.nn.Parameter(torch.ones(1)),
        "h": torch.tensor([1.0, 2.0], dtype=torch.float16),
        "b": torch.tensor([True]),
    }
    torch.save(data, buf)
    buf.seek(0)
    out = torch.load(buf)
    bad = io.BytesIO()
    torch.save({"f": np.random.RandomState}, bad)
    bad.seek(0)
    return dict(
        keys=list(out),
        t=arr(out["t"]),
        scalar=out["nested"][0].item(),
        tup=[type(out["nested"][1]).__name__, str(out["nested"][1][0].dtype), list(out["nested"][1][1:])],
        w=out["w"].requires_grad,
        p=type(out["p"]).__name__,
        h=str(out["h"].dtype),
        b=arr(out["b"]),
        refused=raises(lambda: torch.load(bad))[0],
        missing=raises(torch.load, "/nonexistent/file.pt")[0],
    )


# ---- randomness and devices
def case_seeds_and_generators(torch):
    """manual_seed repeats the stream; separate Generators are independent of the global one;
    states can be saved and restored.
    """
    torch.manual_seed(7)
    a = torch.rand(3)
    b = torch.rand(3)
    torch.manual_seed(7)
    a2 = torch.rand(3)
    state = torch.get_rng_state()
    c = torch.randn(2)
    g = torch.Generator().manual_seed(1)
    x = torch.rand(2, generator=g)
    y = torch.rand(2, generator=torch.Generator().manual_seed(1))
    torch.set_rng_state(state)
    c2 = torch.randn(2)
    with torch.random.fork_rng():
        torch.manual_seed(99)
        torch.rand(1)
    d = torch.rand(1)
    torch.set_rng_state(state)
    torch.randn(2)
    eq = torch.equal
    return dict(
        repeat=eq(a, a2),
        moves=not eq(a, b),
        restored=eq(c, c2),
        generators=eq(x, y),
        fork=eq(d, torch.rand(1)),
        seed=torch.initial_seed(),
        kinds=[type(torch.manual_seed(0)).__name__, g.initial_seed(), str(g.device)],
        other=not eq(x, torch.rand(2, generator=torch.Generator().manual_seed(2))),
    )


def case_random_distributions(torch):
    """rand, randn, randint, randperm, normal, bernoulli, multinomial, dropout, *_like, in-place fillers:
    ranges, moments, dtypes.
    """
    torch.manual_seed(0)
    n = 20000
    u, z, i = torch.rand(n), torch.randn(n), torch.randint(2, 5, (n,))
    e = torch.empty(n)
    near = lambda v, m, t=0.05: bool(abs(float(v) - m) < t)
    return dict(
        rand=[bool((u >= 0).all() and (u < 1).all()), near(u.mean(), 0.5), str(u.dtype)],
        randn=[near(z.mean(), 0), near(z.std(), 1)],
        randint=[sorted(set(i.tolist())), str(i.dtype)],
        perm=sorted(torch.randperm(5).tolist()),
        normal=[
            near(torch.normal(3.0, 2.0, (n,)).std(), 2, 0.1),
            near(torch.normal(torch.full((n,), 5.0), 0.1).mean(), 5),
        ],
        bern=[near(torch.bernoulli(torch.full((n,), 0.3)).mean(), 0.3)],
        multi=[
            tuple(torch.multinomial(torch.tensor([0.0, 1.0, 0.0]), 4, replacement=True).tolist()),
            raises(torch.multinomial, torch.tensor([1.0, 1.0]), 3),
        ],
        like=str(torch.rand_like(torch.ones(1, dtype=torch.float64)).dtype),
        uniform=[near(e.uniform_(-1, 3).mean(), 1, 0.1)],
        exp=near(e.exponential_(2.0).mean(), 0.5),
        geo=near(e.normal_(1, 0.5).std(), 0.5),
        choice=bool(torch.multinomial(torch.ones(5), 5).unique().numel() == 5),
        rg=torch.randn(1, requires_grad=True).is_leaf,
    )


def case_devices(torch):
    """torch.device parsing and texts, tensors' device, to('cpu'); without CUDA:
    is_available() is False and using it fails.
    """
    d = torch.device
    x = torch.ones(1)
    return dict(
        repr=[repr(d("cpu")), str(d("cpu")), repr(d("cuda:1")), repr(d("cuda", 0))],
        parts=[d("cuda:1").type, d("cuda:1").index, d("cpu").index],
        eq=[d("cpu") == x.device, d("cuda") == d("cuda:0"), x.device == "cpu"],
        x=[str(x.device), x.is_cuda, x.get_device()],
        to=x.to(d("cpu")) is x,
        avail=[torch.cuda.is_available(), torch.cuda.device_count()],
        missing=[raises(x.cuda), raises(x.to, "cuda"), raises(lambda: torch.ones(1, device="cuda"))],
        wrong=raises(d, "foo")[0],
        factory=str(torch.zeros(1, device="cpu").device),
        pick=str(d("cuda" if torch.cuda.is_available() else "cpu")),
        context=type(x.device).__name__,
    )


# ---- data loading
class Squares:
    """A map-style dataset without torch in it: usable in worker processes."""

    def __init__(self, n):
        self.n = n

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        if i >= self.n:
            raise IndexError(i)
        return np.float32(i), i * i


def case_dataloader_batches(torch):
    """Batches of a TensorDataset and of a plain list; len; drop_last; batch_size None; several epochs;
    samples as lists of fields.
    """
    D = torch.utils.data
    x, y = ramp(torch, 5, 2), torch.arange(5)
    ds = D.TensorDataset(x, y)
    dl = D.DataLoader(ds, batch_size=2)
    batches = [[tuple(a.shape), b.tolist()] for a, b in dl]
    return dict(
        batches=batches,
        kind=type(next(iter(dl))).__name__,
        len=[len(dl), len(D.DataLoader(ds, batch_size=2, drop_last=True)), len(ds)],
        drop=[b.tolist() for _, b in D.DataLoader(ds, batch_size=2, drop_last=True)],
        unbatched=[[tuple(a.shape), b.item()] for a, b in D.DataLoader(ds, batch_size=None)][:2],
        again=sum(1 for _ in dl),
        plain=[b.tolist() for b in D.DataLoader([1, 2, 3], batch_size=2)],
        floats=[str(b.dtype) for b in D.DataLoader([1.5, 2.5], batch_size=2)],
        item=[arr(ds[1][0]), type(ds[1]).__name__],
        sizes=raises(D.TensorDataset, x, y[:3])[0],
        share=next(iter(dl))[0].data_ptr() == x.data_ptr(),
    )


def case_dataloader_collation(torch):
    """default collate: numbers, numpy, tensors, tuples, namedtuples, dicts, strings, nested;
    unequal shapes and unknown kinds fail; a custom collate_fn gets the list.
    """
    from collections import namedtuple

    D = torch.utils.data
    P = namedtuple("P", "a b")
    one = lambda samples, **k: next(iter(D.DataLoader(samples, batch_size=len(samples), **k)))
    d = one(
        [{"x": torch.ones(2), "n": 1, "s": "u", "l": [1, 2.5]}, {"x": torch.zeros(2), "n": 2, "s": "v", "l": [3, 4.5]}]
    )
    t = one([(1, np.array([1.0, 2.0])), (2, np.array([3.0, 4.0]))])
    p = one([P(1, 2.0), P(3, 4.0)])
    return dict(
        dict=[list(d), arr(d["x"]), arr(d["n"]), d["s"], arr(d["l"])],
        tup=[type(t).__name__, arr(t)],
        named=[type(p).__name__, arr(p.b)],
        bools=arr(one([True, False])),
        unequal=raises(one, [torch.ones(2), torch.ones(3)]),
        unknown=raises(one, [object(), object()])[0],
        custom=one([1, 2, 3], collate_fn=lambda b: sum(b)),
        none=raises(one, [None, None])[0],
        helper=arr(D.default_collate([1, 2])),
    )


def case_dataloader_shuffling(torch):
    """shuffle visits every sample once; the same generator seed gives the same order, the next epoch another;
    manual_seed fixes the order as well; samplers and batch samplers.
    """
    D = torch.utils.data
    order = lambda dl: [v for b in dl for v in b.tolist()]
    n = list(range(20))
    mk = lambda s: D.DataLoader(n, batch_size=4, shuffle=True, generator=torch.Generator().manual_seed(s))
    a, b = mk(3), mk(3)
    a1, b1, a2, c = order(a), order(b), order(a), order(mk(4))
    torch.manual_seed(5)
    s1 = order(D.DataLoader(n, shuffle=True))
    torch.manual_seed(5)
    s2 = order(D.DataLoader(n, shuffle=True))
    return dict(
        all=sorted(a1) == n,
        same=a1 == b1,
        epochs=a1 != a2,
        seeds=a1 != c,
        not_sorted=a1 != n,
        seeded=s1 == s2,
        seq=order(D.DataLoader(n[:5], sampler=[4, 2, 0])),
        batches=[b.tolist() for b in D.DataLoader(n[:6], batch_sampler=[[0, 5], [1]])],
        names=[type(a.sampler).__name__, type(D.DataLoader(n).sampler).__name__, type(a.batch_sampler).__name__],
        exclusive=raises(D.DataLoader, n, shuffle=True, sampler=[0]),
        both=raises(D.DataLoader, n, batch_size=2, batch_sampler=[[0]]),
    )


def case_samplers_subsets_and_splits(torch):
    """Subset, random_split (counts and fractions, by generator), ConcatDataset, SequentialSampler,
    SubsetRandomSampler, WeightedRandomSampler, BatchSampler.
    """
    D = torch.utils.data
    ds = list(range(10))
    g = lambda: torch.Generator().manual_seed(0)
    a, b = D.random_split(ds, [7, 3], generator=g())
    a2, _ = D.random_split(ds, [7, 3], generator=g())
    f = D.random_split(ds, [0.5, 0.5], generator=g())
    c = D.ConcatDataset([ds[:2], ds[5:7]])
    w = list(D.WeightedRandomSampler([0.0, 1.0, 0.0], 4))
    return dict(
        sizes=[len(a), len(b), [len(x) for x in f]],
        parts=sorted(list(a) + list(b)) == ds,
        repeat=list(a.indices) == list(a2.indices),
        subset=[D.Subset(ds, [3, 5])[1], len(D.Subset(ds, [1]))],
        concat=[len(c), c[2], c[-1]],
        weighted=w,
        batch=list(D.BatchSampler(D.SequentialSampler(ds), 4, drop_last=True)),
        subrandom=sorted(D.SubsetRandomSampler([2, 4])),
        wrong=raises(D.random_split, ds, [5, 2])[0],
        plus=type(D.TensorDataset(torch.ones(1)) + D.TensorDataset(torch.ones(1))).__name__,
    )


def case_iterable_datasets(torch):
    """An IterableDataset is batched in its own order; it has no len, refuses shuffle;
    generators of batches work with batch_size None.
    """
    D = torch.utils.data

    class Count(D.IterableDataset):
        def __iter__(self):
            return iter(range(5))

    dl = D.DataLoader(Count(), batch_size=2)
    return dict(
        batches=[b.tolist() for b in dl],
        len=raises(len, dl)[0],
        shuffle=raises(D.DataLoader, Count(), shuffle=True)[0],
        none=list(D.DataLoader(Count(), batch_size=None)),
        drop=[b.tolist() for b in D.DataLoader(Count(), batch_size=2, drop_last=True)],
        info=D.get_worker_info(),
    )


def case_dataloader_workers(torch):
    """num_workers=2 gives the same batches in the same order; worker errors arrive in the parent."""
    D = torch.utils.data
    plain = [[a.tolist(), b.tolist()] for a, b in D.DataLoader(Squares(7), batch_size=3)]
    dl = D.DataLoader(Squares(7), batch_size=3, num_workers=2)
    workers = [[a.tolist(), b.tolist()] for a, b in dl]
    bad = D.DataLoader(Squares(3), sampler=[0, 9], num_workers=1)
    return dict(
        plain=plain,
        same=plain == workers,
        again=len(list(dl)),
        error=raises(list, bad)[0],
        negative=raises(D.DataLoader, [1], num_workers=-1)[0],
    )
