"""Tensors of coordinate layout: made, read, printed, and used as programs on graphs use them."""

import numpy as np

from tests.spec.observe import arr, raises

AT, VALUES, SIZE = [[0, 1, 1], [2, 0, 0]], [3.0, 4.0, 5.0], (2, 3)


def _made(torch, **kw):
    return torch.sparse_coo_tensor(AT, VALUES, SIZE, **kw)


def case_coo_facts(torch):
    """What a sparse tensor says of itself."""
    a = _made(torch)
    return dict(
        shape=list(a.shape),
        size=a.size(0),
        dim=a.dim(),
        numel=a.numel(),
        dtype=str(a.dtype),
        layout=[str(a.layout), a.layout == torch.sparse_coo, str(torch.ones(1).layout)],
        flags=[a.is_sparse, torch.ones(1).is_sparse, a.is_coalesced(), a.requires_grad, torch.is_tensor(a)],
        dims=[a.sparse_dim(), a.dense_dim(), a._nnz()],
        indices=a._indices().tolist(),
        values=arr(a._values()),
        dense=arr(a.to_dense()),
        legacy=[isinstance(a, torch.sparse.FloatTensor), isinstance(a, torch.sparse.DoubleTensor), a.type()],
    )


def case_coo_printed(torch):
    """The text of sparse tensors."""
    return dict(
        plain=str(_made(torch)),
        whole=str(torch.sparse_coo_tensor([[0, 1], [2, 0]], [3, 4])),
        dense_dimension=str(torch.sparse_coo_tensor([[0, 1], [2, 0]], [[3, 4], [5, 6]], (2, 3, 2))),
        empty=str(torch.sparse_coo_tensor((2, 3))),
        with_gradient=str(torch.sparse_coo_tensor([[0], [2]], torch.tensor([3.0], requires_grad=True), SIZE)),
    )


def case_coo_coalesce(torch):
    """Coalescing sorts the indices and adds up what stands at one place."""
    a = torch.sparse_coo_tensor([[1, 0, 1], [0, 2, 0]], [4.0, 3.0, 5.0], SIZE)
    c = a.coalesce()
    return dict(
        before=[raises(a.indices), raises(a.values)],
        after=[c.indices().tolist(), arr(c.values()), c.is_coalesced()],
        again=c.coalesce() is c,
        strided=[raises(torch.ones(1).coalesce), raises(torch.ones(1).indices)],
    )


def case_coo_refused(torch):
    """Indices, values and sizes that do not fit each other."""
    make = torch.sparse_coo_tensor
    return [
        raises(make, [[0, 1], [2, 0]], [3.0, 4.0, 5.0], SIZE),
        raises(make, [[0, 1], [2, 0]], [3.0, 4.0], (2,)),
        raises(torch.add, _made(torch), torch.ones(SIZE)),
        raises(torch.add, _made(torch), 1),
        raises(torch.mm, _made(torch), torch.ones(2, 2)),
        raises(torch.mm, _made(torch), torch.ones(3, 2, dtype=torch.float64)),
        raises(_made(torch).numpy),
    ]


def case_coo_made_otherwise(torch):
    """From NumPy, with a dtype, with integer indices of 32 bits, by the old constructors, from dense tensors."""
    edges = np.array([[0, 1], [1, 2], [2, 0]], np.int32)
    counted = torch.sparse_coo_tensor(edges.T, torch.ones(3), (3, 3), dtype=torch.int64)
    old = torch.sparse.FloatTensor(torch.tensor([[0, 1], [2, 0]]), torch.tensor([3.0, 4.0]), torch.Size(SIZE))
    cube = torch.arange(8.0).view(2, 2, 2)
    return dict(
        counted=[str(counted.dtype), counted.to_dense().tolist()],
        added=arr(torch.eye(3) + counted),
        old=arr(old.to_dense()),
        eye=str(torch.eye(2).to_sparse()),
        diagonal=arr(torch.diag(torch.tensor([0.0, 2.0, 3.0])).to_sparse() @ torch.ones(3, 2)),
        rows=str(cube.to_sparse(2)),
        there_and_back=arr(cube.to_sparse().to_dense()),
    )


def case_coo_products(torch):
    """Matrix products, from either side, in all spellings."""
    a, x = _made(torch), torch.arange(6.0).view(3, 2)
    return dict(
        mm=arr(torch.mm(a, x)),
        spmm=arr(torch.spmm(a, x)),
        sparse_mm=arr(torch.sparse.mm(a, x)),
        matmul=arr(torch.matmul(a, x)),
        operator=arr(a @ x),
        vector=arr(a @ torch.arange(3.0)),
        from_the_right=arr(torch.ones(4, 2) @ a),
        transposed=arr(a.t() @ torch.ones(2, 2)),
        addmm=arr(torch.addmm(torch.ones(2, 2), a, x, beta=2, alpha=3)),
        linear=arr(torch.nn.functional.linear(a, torch.arange(6.0).view(2, 3), torch.ones(2))),
        both=arr((a @ a.t()).to_dense()),
        dense=arr(torch.spmm(torch.ones(2, 2), torch.ones(2, 2))),
    )


def case_coo_arithmetic(torch):
    """Scalars, sums, and functions that keep zero."""
    a = _made(torch)
    x = torch.arange(6.0).view(SIZE)
    return dict(
        scaled=[arr((a * 2).to_dense()), arr((a / 2).to_dense()), arr((-a).to_dense()), arr((3 * a).to_dense())],
        added=[arr((a + a).to_dense()), arr((a + a.coalesce() * 2).to_dense()), arr(x + a), arr(x - a)],
        subtracted=arr((a - a * 3).to_dense()),
        masked=arr((a * x).to_dense()),
        total=[arr(torch.sum(a)), arr(a.sum()), arr(torch.sparse.sum(a))],
        rows=arr(torch.sparse.sum(a, dim=1).to_dense()),
        powers=arr((a**2).to_dense()),
        unary=[arr(f(a).to_dense()) for f in (torch.sqrt, torch.relu, torch.abs, torch.tanh)],
        cat=[arr(torch.cat([a, a]).to_dense()), arr(torch.cat([a, a], 1).to_dense())],
        casts=[str(a.double().dtype), str(a.to(torch.float16).dtype), str(a.clone().dtype), str(a.long().dtype)],
    )


def case_coo_gradients(torch):
    """Gradients reach the values and the dense operand."""
    v = torch.tensor(VALUES, requires_grad=True)
    x = torch.arange(6.0).view(3, 2).requires_grad_()
    a = torch.sparse_coo_tensor(AT, v, SIZE)
    out = torch.sparse.mm(a, x)
    (out * torch.arange(4.0).view(2, 2)).sum().backward()
    first = [arr(v.grad), arr(x.grad)]
    v.grad = None
    (torch.sparse_coo_tensor(AT, v, SIZE).coalesce().to_dense() ** 2).sum().backward()
    return dict(out=arr(out), name=out.grad_fn.name(), first=first, through_dense=arr(v.grad), flags=a.requires_grad)


def case_coo_in_custom_function(torch):
    """A function that keeps a sparse matrix for its backward pass, as attention on graphs is written."""

    class Product(torch.autograd.Function):
        @staticmethod
        def forward(ctx, indices, values, shape, b):
            a = torch.sparse_coo_tensor(indices, values, shape)
            ctx.save_for_backward(a, b)
            return torch.matmul(a, b)

        @staticmethod
        def backward(ctx, g):
            a, b = ctx.saved_tensors
            at = a._indices()
            return None, g.matmul(b.t())[at[0], at[1]], None, a.t().matmul(g)

    v = torch.tensor(VALUES, requires_grad=True)
    b = torch.arange(6.0).view(3, 2).requires_grad_()
    out = Product.apply(torch.tensor(AT), v, torch.Size(SIZE), b)
    out.square().sum().backward()
    return dict(out=arr(out), values=arr(v.grad), dense=arr(b.grad))
