"""One-line programs about tensors: what they print, or how they fail, to the letter.

In each, ``a(2, 3)`` is ``arange(6.)`` of that shape; the last expression is what is seen, or else ``x``.
"""

import re
import warnings

import numpy as np


def _seen(torch, line):
    def a(*shape):
        return torch.arange(float(np.prod(shape))).reshape(shape)

    names = dict(torch=torch, a=a, np=np)
    *before, last = line.split("; ")
    try:
        for statement in before:
            exec(statement, names)
        try:
            code = compile(last, line, "eval")
        except SyntaxError:
            exec(last, names)
            return repr(names["x"])
        return repr(eval(code, names))
    except Exception as error:  # noqa: BLE001 - what is seen
        return f"{type(error).__name__}: {error}"


def _all(torch, lines):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        seen = {line: _seen(torch, line) for line in map(str.strip, lines.strip().splitlines())}
    return {line: re.sub(r"0x[0-9a-f]+", "0x", text) for line, text in seen.items()}


def case_memory(torch):
    """Views, their strides and what shares memory."""
    return _all(torch, r"""
        x=a(2,3,4); y=x.transpose(0,2); (y.shape,y.stride(),y.is_contiguous(),y._base is x)
        x=a(2,3,4); y=x.permute(2,0,1)[1:]; (y.stride(),y.storage_offset())
        x=a(4,6); y=x.unfold(1,3,2); (y.shape,y.stride(),y)
        x=a(3,1); y=x.expand(3,4); y.stride()
        x=a(3,1); y=x.expand(-1,4); y[0,0]=5; x
        x=a(6); y=x.as_strided((2,3),(1,2)); (y, y.stride())
        x=a(6); y=x.as_strided((3,3),(1,1)); y
        x=a(2,3); x.as_strided((5,5),(1,1))
        x=a(2,3); x.as_strided((2,2),(1,-1))
        x=a(2,6); y=x.view(3,4); y[0]=0; x
        x=a(2,6).t(); x.view(12)
        x=a(2,6); x.view(5,-1)
        x=a(2,6); x.view(-1,-1)
        x=a(2,6); x.view(7)
        x=a(2,6); y=x.view(torch.int32); (y.dtype,y.shape)
        x=a(2,6); y=x.view(torch.float64); (y.dtype,y.shape)
        x=a(2,3); y=x.view(torch.float64)
        x=a(2,3,4); y=x.movedim(0,-1); (y.shape,y.stride())
        x=a(2,3,4); y=x.swapaxes(0,1); y.stride()
        x=a(2,1,3,1); (x.squeeze().shape, x.squeeze(1).stride(), x.squeeze((1,3)).shape, x.squeeze(0).shape)
        x=a(2,3); x.squeeze(5)
        x=a(2,3); x.unsqueeze(4)
        x=a(2,3); x.unsqueeze(-1).stride()
        x=a(6,4); [y.shape for y in x.split(4)]
        x=a(6,4); [y.shape for y in x.split([1,2,3])]
        x=a(6,4); x.split([1,2,4])
        x=a(6,4); [y.shape for y in x.chunk(4)]
        x=a(6,4); [y.shape for y in x.tensor_split(4)]
        x=a(6,4); [y.shape for y in x.tensor_split((1,3))]
        x=a(3,4); x.select(0,-1).stride()
        x=a(3,4); x.T.stride()
        x=a(2,3,4); x.mT.shape
        x=a(2,3,4); x.T.shape
        x=a(2); x.mT
        x=a(2,2); torch.view_as_complex(x)
        x=a(2,3); torch.view_as_complex(x)
        x=a(3,3); x.view_as(torch.zeros(9))
        x=a(3,3); x.expand_as(torch.zeros(2,3,3)).shape
        x=a(3,3); x.expand(4,3)
        x=a(3,3); x.expand(3)
        x=a(3,4); x.movedim((0,1),(1,0)).stride()
        x=torch.broadcast_tensors(a(2,1),a(3)); [y.stride() for y in x]
        x=a(2,3); x.stride(5)
        x=a(3,3); x*=x.view(3,3); x
        x=a(3,1); y=x.expand(3,4); y[1]=7; x
        x=a(3,1); y=x.expand(3,4); y[:,2]=7; x
        x=a(3); y=x.expand(2,3); y[1,1]=float('nan'); x
        x=a(3).view('a')
        x=a(3).expand('a')
        x=a(2,3).view(torch.float64)
    """)


def case_writing(torch):
    """Writing in place and into ``out=``, and what is refused."""
    return _all(torch, r"""
        x=a(4,4); y=x.diagonal(1); y.mul_(10); x
        x=a(4,4); x.diagonal().zero_(); x
        x=a(3,1); y=x.expand(3,4); y.add_(1)
        x=a(6,4); y=x.split(2)[1]; y.zero_(); x.sum()
        x=a(3,4); x.resize_(2,2); x
        x=a(3,4); x.resize_(5,5).shape
        x=a(3,4); x.set_(torch.ones(2)); x
        x=a(3,4); x.swapdims_(0,1); (x.shape,x.stride())
        x=a(3,4); x.t_(); x.stride()
        x=a(3,4); x.unsqueeze_(0); x.shape
        x=a(1,3); x.squeeze_(); x.shape
        x=a(3,4); x.transpose_(0,1).stride()
        x=a(4); x.copy_(torch.ones(3))
        x=a(4); x.copy_(torch.ones(1)); x
        x=a(4); x.add_(torch.ones(2,4))
        x=a(4).int(); x.add_(1.5)
        x=a(4).int(); x.mul_(torch.tensor(2.))
        x=a(4); x.add_(1j)
        x=a(4); torch.add(x,1,out=torch.zeros(2)).shape
        x=a(4); torch.add(x,1,out=torch.zeros(4,dtype=torch.int32))
        x=a(4); o=torch.zeros(4); torch.exp(x,out=o); o
        x=a(4); torch.cat([x,x],out=x)
        x=a(3,4); x.fill_diagonal_(9); x
        x=a(4,4); x.tril_(); x
        x=a(3,3); x.add_(x.t())
        x=a(3,3); x.add_(x)
        x=a(9); x.view(3,3)[1:].mul_(x.view(3,3)[:2])
        x=a(3,3); x.lerp_(x,0.5); x
        x=a(3,3); x.copy_(x.t()); x
        x=a(3,1); y=x.expand(3,4); y[:,2].add_(7); x
        x=a(3); y=x.expand(2,3); y[0].mul_(3); x
    """)


def case_indexing(torch):
    """Every form of index, reading and writing."""
    return _all(torch, r"""
        x=a(4,6); y=x[::2,1::2]; (y.stride(),y.storage_offset(),y)
        x=a(2,6); y=x.flatten(); y[0]=99; x[0,0]
        x=a(2,6); y=x.t().flatten(); y[0]=99; x[0,0]
        x=a(6,4); u=x.unbind(0); u[2].fill_(7); x[2]
        x=a(3,4); x[1]
        x=a(3,4); x[1,2]
        x=a(3,4); x[...,1]
        x=a(3,4); x[None,:,None].shape
        x=a(3,4); x[5]
        x=a(3,4); x[0,5]
        x=a(3,4); x[0,0,0]
        x=a(3,4); x[[0,2]]
        x=a(3,4); x[[0,2],[1,3]]
        x=a(3,4); x[[0,5]]
        x=a(3,4); x[torch.tensor([True,False,True])]
        x=a(3,4); x[torch.tensor([True,False])]
        x=a(3,4); x[x>5]
        x=a(3,4); x[x>5]=0; x
        x=a(3,4); x[:,[1,0]]=torch.tensor([1.,2.]); x
        x=a(3,4); x[torch.tensor([[0,1],[2,0]])].shape
        x=a(3,4,5); x[:,torch.tensor([0,1]),torch.tensor([2,3])].shape
        x=a(3,4,5); x[torch.tensor([0,1]),:,torch.tensor([2,3])].shape
        x=a(3,4,5); x[0,:,torch.tensor([2,3])].shape
        x=a(3,4); x[1:10]
        x=a(3,4); x[::-1]
        x=a(3,4); x[::0]
        x=a(3,4); x['a']
        x=a(3,4); x[1.5]
        x=a(3,4); x[torch.tensor(1)]
        x=a(3,4); x[torch.tensor(True)].shape
        x=a(3,4); x[True].shape
        x=a(3,4); x[False].shape
        x=a(3,4); x[torch.tensor([1.])]
        x=a(3,4); x[np.array([0,2])]
        x=a(3,4); x[np.int64(1)]
        x=a(3,4); x[slice(0,2),slice(None,None,2)]
        x=a(3,4); x[torch.tensor(1):torch.tensor(3)]
        x=a(3,4); x[0]=torch.arange(5.)
        x=a(3,4); x[0]='s'
        x=a(3,4); x[0]=[1,2,3,4]; x
        x=a(3,4); x[:2]=torch.zeros(2,1); x
        x=a(3,4); x[[0,0]]=torch.ones(2,4); x
        x=a(3,4); x.index_put_((torch.tensor([0,0]),torch.tensor([1,1])),torch.tensor([1.,2.]),accumulate=True); x
        x=a(3,4); x.index_add_(0,torch.tensor([0,0]),torch.ones(2,4)); x
        x=a(3,4); x.index_copy_(0,torch.tensor([0,1]),torch.ones(2,3))
        x=a(3,4); x.index_fill_(1,torch.tensor([0,7]),1.)
        x=a(3,4); x.scatter_(0,torch.tensor([[0,1,2,0]]),1.); x
        x=a(3,4); x.scatter_(0,torch.tensor([[0,1,9,0]]),1.)
        x=a(3,4); x.gather(1,torch.tensor([[0],[1],[4]]))
        x=a(3,4); x.take(torch.tensor([0,11]))
        x=a(3,4); x.take(torch.tensor([12]))
        x=a(3,4); torch.take_along_dim(x,torch.tensor([[0],[1],[2]]),1)
        x=a(3,4); x.masked_fill_(torch.tensor([True,False,True,False]),-1); x
        x=a(3,4); x.masked_select(x>3)
        x=a(3,4); x.masked_scatter_(x>8,torch.tensor([1.]))
        x=a(3,4); torch.where(x>3,x,0)
        x=a(3,4); y=x.clone(); y.set_(x); y[0,0]=9; x[0,0]
        x=a(3,4); x.data_ptr()==x[0].data_ptr()
        x=a(3,4); x[1].storage_offset()
        x=a(4); torch.add(x,1,out=x[:4]); x
        x=a(4); x[1:].copy_(x[:-1]); x
        x=a(3,3); torch.diagonal_scatter(x,torch.ones(3))
        x=a(3,3); torch.select_scatter(x,torch.ones(3),0,1)
        x=a(3,3); torch.slice_scatter(x,torch.ones(1,3),0,1,2)
        x=a(2,3); x.index_select(2,torch.tensor([0]))
        x=torch.meshgrid(a(2),a(3),indexing='ij'); [y.stride() for y in x]
        x=a(3,3); x.add_(x[0])
        x=a(3,3); x[0].add_(x[1]); x
        x=a(3,3); x[0].add_(x[0]); x
        x=a(3,3); x[:,0].add_(x[:,1]); x
        x=a(3,3); x[:,0].add_(x[:,0]); x
        x=a(3,3); x+=x[1]
        x=a(9); x[1:]=x[:-1]
        x=a(9); x[:4]=x[5:]; x
        x=a(3,3); x.masked_fill_(x>2,0); x
        x=a(3,3); x.addcmul_(x[0],x[1])
        x=a(3,3); x.lerp_(x[0],0.5)
        x=a(3,3); x.clamp_(x[0])
        x=a(3,3); x.div_(x[2])
        x=a(3,3); x.sub_(x[2], alpha=2)
        x=a(3,3); x.index_copy_(0,torch.tensor([0,1]),x[1:]); x
        x=a(3,3); x.index_add_(0,torch.tensor([0,1]),x[1:]); x
        x=a(3,3); x.scatter_(0,torch.tensor([[0,1,2]]),x[1:]); x
        x=a(3,3); x.index_put_((torch.tensor([0,1]),),x[1:]); x
        x=a(3,3); torch.add(x[0],1,out=x[1]); x
        x=a(9); torch.add(x[:-1],1,out=x[1:]); x
        x=a(3,4); x[:,[1,0]]+=torch.tensor([1.,2.]); x
        x=a(3,4,5); x[:,[1,0],2]=9; x.sum()
        x=a(3,4,5); x[[0,1],:,[2,3]]=torch.zeros(2,4); x.sum()
        x=a(3,4,5); x[...,[1,0]]=torch.zeros(2); x.sum()
        x=a(3,4); x[None,[0,1]]=0; x
        x=a(3,4); x[torch.tensor([[True,False,True,False]]*3)]=torch.arange(6.); x
        x=a(3,4); x[torch.tensor([True,False,True]),1:3]=torch.zeros(2,2); x
        x=a(3,4); x[torch.tensor([True,False,True]),torch.tensor([0,1])]
        x=a(3,4); x[1:,None,[0]].shape
        x=a(3,4); x[[[0,1],[1,2]]].shape
        x=a(3,4); x[([0,1],[1,2])]
        x=a(3,4); x[[]].shape
        x=a(3,4); x[:,torch.zeros(0,dtype=torch.long)].shape
        x=a(3,4); x[0]=[1,2,3,4]
        x=a(3,4); x[0]=None
        x=a(3,4); x[0]=np.arange(4.); x
        x=a(3,4); x[0]=np.float32(3); x
        x=a(3,4); x[0]=(1,2)
        x=a(3,4); x[1.0]
        x=a(3,4); x[{}]
        x=a(3,4); x[0,'a']
        x=a(3,4); x[1:'a']
    """)


def case_making(torch):
    """Tensors from data and sizes."""
    return _all(torch, r"""
        x=torch.tensor([1+2j,3-1j]); x.real.mul_(2); x
        x=torch.tensor([1+2j,3-1j]); torch.view_as_real(x)
        x=torch.tensor([1+2j,3-1j]); x.imag.fill_(0); x
        x=torch.tensor(3.); list(x)
        x=torch.tensor(3.); len(x)
        x=torch.tensor([3.7]); int(x)
        x=torch.tensor([[2]]); range(x)
        x=torch.tensor(2); [1,2,3][x]
        x=torch.tensor(2.); [1,2,3][x]
        x=torch.zeros(3,dtype=torch.bool); ~x
        x=torch.arange(5,dtype=torch.uint8); -x
        x=torch.tensor([True]); -x
        x=torch.tensor([True]); x-x
        x=torch.tensor([1,2])//torch.tensor([0,1])
        x=torch.tensor([1,2])%0
        x=torch.tensor([-7,7])//2; x
        x=torch.tensor([-7,7])%torch.tensor([3,-3]); x
        x=torch.tensor([-7.,7.]).remainder(3); x
        x=torch.tensor([-7.,7.]).fmod(3); x
        x=torch.tensor([1,2])/2; x
        x=torch.tensor([1,2])**-1
        x=torch.tensor([1,2])**2.0; x
        x=torch.tensor([1.,2.]); x<<1
        x=torch.tensor([1,2]); x<<1
        x=torch.arange(0,1,0.3); x
        x=torch.arange(5,0)
        x=torch.arange(0,5,-1)
        x=torch.linspace(0,1,5); x
        x=torch.tensor([[1,2],[3]])
        x=torch.tensor([1,'a'])
        x=torch.tensor([]); x
        x=torch.tensor(None)
        x=torch.tensor([1,2.5,True]); x
        x=torch.tensor([1,2**40]); x
        x=torch.tensor(2**70)
        x=torch.zeros(2,-1)
        x=torch.zeros(2,'a')
        x=torch.full((2,),3); x
        x=torch.full((2,),True); x
        x=torch.eye(2,3); x
        x=torch.empty(0); x
        x=torch.ones(2,3,dtype='float')
        x=torch.tensor([2]); [5,6,7][x]
        x=torch.tensor([2,3]); [5,6,7][x]
        x=torch.tensor(True); [5,6,7][x]
        x=torch.tensor(['a'])
        x=torch.tensor('a')
        x=torch.tensor([[1,2],3])
        x=torch.tensor([3,[1,2]])
        x=torch.tensor({})
        x=torch.tensor([{}])
        x=torch.tensor([None])
        x=torch.zeros('a')
        x=torch.zeros(2.5)
        x=torch.zeros((2,'a'))
        x=torch.zeros(2,dtype=float); x.dtype
        x=torch.zeros(2,dtype=np.float32)
        x=torch.randn(2,dtype=torch.int32)
        x=torch.zeros(2,device=3)
        x=torch.zeros(2,device='foo')
        x=torch.zeros(2,foo=3)
    """)


def case_arguments(torch):
    """Operands and arguments of every kind."""
    return _all(torch, r"""
        x=a(2,6); x.reshape(7)
        x=a(3,4); x.narrow(1,1,2)
        x=a(3,4); x.narrow(1,3,2)
        x=a(3,4); x.select(0,3)
        x=a(2,3); x.real is x
        x=a(3); x.repeat(2,2).shape
        x=a(3); x.repeat_interleave(torch.tensor([1,0,2]))
        x=a(2,3); list(x)
        x=a(2,3); x.tolist()
        x=a(2,3); bool(x)
        x=a(2,3); float(x)
        x=a(2,3); int(x)
        x=a(2,3); x.item()
        x=a(2,3); 2 in x
        x=a(2,3); x in [x]
        x=a(2,3,4); x.unflatten(2,(2,2)).shape
        x=a(2,3,4); x.unflatten(2,(3,2))
        x=a(2,3); x.sum(5)
        x=a(2,3); x.argmax(0,keepdim=True)
        x=a(2,3)[0:0]; x.max()
        x=a(2,3)[0:0]; x.sum(0)
        x=a(2,3)[0:0]; x.mean()
        x=a(3); ~x
        x=2**torch.tensor([1,2]); x
        x=torch.stack([a(2),a(3)])
        x=torch.cat([a(2,3),a(2,2)])
        x=torch.cat([a(2),a(2).int()]); x.dtype
        x=torch.cat([])
        x=torch.stack([])
        x=a(2,3)@a(2,3)
        x=a(3)@a(3); x
        x=a(2,3)@a(3); x
        x=torch.mm(a(2,3),a(3))
        x=torch.bmm(a(2,3,4),a(2,3,4))
        x=a(2,3)+a(2)
        x=a(2,3).float()@a(3,2).double()
        x=torch.equal(a(2),a(2).double())
        x=torch.allclose(a(2),a(2).double())
        x=a(2,3).sort(descending=True); x
        x=a(2,3).topk(5)
        x=a(2,3).max(1); x
        x=a(2,3).unique(return_counts=True); x
        x=a(2,3).nonzero(as_tuple=True); x
        x=a(2,3); x.new_zeros(2).dtype
        x=a(2,3); x.type()
        x=a(2,3); x.type(torch.IntTensor)
        x=a(2,3); x.element_size()
        x=a(2,3); x.dim(), x.ndim, x.numel(), x.nelement(), x.size(), x.size(-1), x.shape[0]
        x=a(2,3); x.size(2)
        x=a(2,3); x.foo
        x=a(2,3); x.contiguous() is x
        x=a(2,3); x.to(torch.float32) is x
        x=a(2,3); x.is_floating_point(), x.is_complex(), x.is_signed()
        x=a(3).reshape('a')
        x=a(3).to('a')
        x=a(3)+'a'
        x=a(3)+None
        x=a(3)+[1,2,3]
        x='a'+a(3)
        x=a(3)@2
        x=a(3)==None; x
        x=a(3)=='a'; x
        x=a(3)!='a'; x
        x=a(3)==[1,2,3]; x
        x=a(3)<'a'
        x=a(3)<None
        x=torch.add(1,2)
        x=torch.matmul(a(3),2)
        x=torch.relu(3)
        x=torch.relu([1.])
        x=torch.sum([1.])
        x=torch.cat(a(3))
        x=torch.cat((a(3),1))
        x=torch.stack(a(3))
        x=torch.stack((a(3),1))
        x=torch.stack([[1]])
        x=torch.tensor([1000.,3.14159]).bfloat16(); (x+x*0.3).float()
        x=torch.tensor([1000.,3.14159]).half(); (x/7).float()
        x=torch.tensor([1000.,3.14159]).bfloat16(); (x@x).float()
        x=torch.tensor([1e9,449.,float('inf'),-3.]); x.to(torch.float8_e4m3fn)
        x=a(3)-True
        x=True-a(3)
        x=a(3).int()-True
    """)


def case_history(torch):
    """Views and writes under autograd."""
    return _all(torch, r"""
        x=a(3,4).requires_grad_(); y=x.select(0,0); y.add_(1)
        x=a(3,4).requires_grad_(); x.add_(1)
        x=a(3,4).requires_grad_(); y=x*2; v=y[0]; v.mul_(3); y.sum().backward(); (x.grad, v.grad_fn, y.grad_fn)
        x=a(3,4).requires_grad_(); y=x*2; v=y.view(-1); y.mul_(3); (v.grad_fn, v._version, y._version)
        x=a(3,4).requires_grad_(); y=x*2; z=y**2; y.add_(1); z.sum().backward()
        x=a(4).requires_grad_(); y=x.exp(); y.mul_(2); y.sum().backward()
        x=a(4).requires_grad_(); y=x*2; u=y.split(2); u[0].mul_(2)
        x=a(4).requires_grad_(); y=x*2; u=y.unbind(0); u[0].mul_(2)
        x=a(4).requires_grad_(); y=x*1; d=y.detach(); d.mul_(2); y.sum().backward(); x.grad
        x=a(4).requires_grad_(); y=x*1; d=y.detach(); z=y*y; d.mul_(2); z.sum().backward()
        x=a(2,3).requires_grad_(); y=x[0]; y.retain_grad(); (y*2).sum().backward(); (y.grad, x.grad)
        x=a(2,3).requires_grad_(); x.data[0]=0; x
        x=a(2,3).requires_grad_(); x.detach_().requires_grad
        x=a(2,3).requires_grad_(); (x*2).requires_grad_(False)
        x=a(2,3).requires_grad_(); y=x*2; y.requires_grad=False
        x=a(2,3).int(); x.requires_grad_()
        x=a(2,3).requires_grad_(); x.numpy()
        x=a(2,3).requires_grad_(); x.tolist()
        x=a(2,3).requires_grad_(); np.asarray(x)
        x=a(2,3).requires_grad_(); torch.tensor(x)
        x=a(2,3).requires_grad_(); x.resize_(3)
        x=a(1).requires_grad_(); z=x*1; y=z.expand(3); y[1].mul_(3); z.sum().backward(); x.grad
        x=torch.ones(3).requires_grad_(); y=x[0:1]; y.add_(1)
        x=torch.ones(3).requires_grad_(); y=x[0:1].detach(); y.add_(1); x
        x=torch.ones(6).view(2,3); y=x[0].requires_grad_(); y.add_(1)
        x=torch.ones(6).view(2,3); y=x[0].requires_grad_(); y.data.add_(1); x
        x=torch.ones(3); y=x[:2]; y.requires_grad_(); (y*2).sum().backward(); y.grad
        x=torch.ones(3); y=x[:2]; x.requires_grad_(); y.requires_grad
        x=torch.ones(3); y=x[:2]; y.add_(torch.ones(2).requires_grad_()); (x.grad_fn,y.grad_fn)
        x=a(3,4).requires_grad_(); x[:,[1,0,1]].sum().backward(); x.grad
        x=a(3,4).requires_grad_(); y=x*1; y[:,[1,0]]=torch.ones(2); y.sum().backward(); x.grad
        x=a(3,4).requires_grad_(); v=torch.ones(2).requires_grad_(); y=x*1; y[1:,[1,0]]=v; y.sum().backward(); v.grad
        x=a(2,3).backward()
        x=a(1).requires_grad_(); (x*2).backward(torch.ones(2))
        x=a(2).requires_grad_(); (x*2).backward()
        x=a(2).requires_grad_(); torch.autograd.grad(x.sum(),a(2))
        x=a(2).requires_grad_(); y=x.sum(); y.backward(); y.backward()
        x=a(2).requires_grad_(); y=(x*x).sum(); y.backward(); y.backward()
        x=a(2).requires_grad_(); x.grad=torch.ones(3)
        x=a(2).requires_grad_(); x.grad=torch.ones(2).double()
        x=a(2).requires_grad_(); x.grad=3
        x=a(2).requires_grad_(); x.grad=x
        torch.ones(3,dtype=torch.uint16)+torch.ones(3,dtype=torch.bool)
        torch.ones(3,dtype=torch.bool)+torch.ones(3,dtype=torch.uint16)
        torch.ones(3,dtype=torch.bool)+torch.tensor(2,dtype=torch.uint32)
        torch.ones(3,dtype=torch.uint16)*True
        torch.ones(3,dtype=torch.uint64)*2.5
        torch.ones(3,dtype=torch.uint16).logical_and(torch.ones(3,dtype=torch.int8))
        torch.ones(3,dtype=torch.int64).logical_xor(torch.ones(3,dtype=torch.uint64))
        torch.cat([torch.ones(3,dtype=torch.bool),torch.ones(3,dtype=torch.uint16)])
        torch.where(torch.tensor([True]),torch.ones(1,dtype=torch.bool),torch.ones(1,dtype=torch.uint16))
        torch.ones(3,dtype=torch.bool)==torch.ones(3,dtype=torch.uint64)
        torch.gcd(a(3),a(3))
        torch.lcm(a(3).bool(),a(3).bool())
        torch.gcd(a(3).int(),a(3))
        (torch.ones(4,3)@torch.ones(3,4)).sum()
    """)


def case_storages(torch):
    """The memory behind tensors as an object."""
    return _all(torch, r"""
        a(3).untyped_storage()
        a(3)[1:].storage()
        type(a(3).storage())
        x=a(3); x.untyped_storage() is x[1:].untyped_storage()
        x=a(3); x[1:].storage() == x.storage()
        x=a(3).untyped_storage(); (x[0], x[0:2], x.tolist(), x.nbytes(), x.size(), len(x), list(x))
        x=a(3).untyped_storage(); (x.device, x.type(), x.element_size(), x.is_cuda, x.is_shared(), x.filename)
        x=a(3).storage(); (x.type(), x.dtype, x[1], x.tolist(), x.size(), x.nbytes(), x.element_size(), len(x))
        x=a(4); y=x.view(2,2); x.untyped_storage()[15]=64; (x, y, x._version)
        x=a(3); x.untyped_storage().fill_(0); x
        x=a(3); x.storage().fill_(3); x
        x=a(3); x.storage()[1]=7; x
        x=a(3); x[1:].storage()[0:2]=5; x
        x=a(3); x.untyped_storage().copy_(torch.ones(3).untyped_storage()); x
        x=a(3); x.untyped_storage().copy_(torch.ones(2).untyped_storage())
        x=a(3).untyped_storage(); x['a']
        x=a(3).untyped_storage(); x[100]
        x=a(3).untyped_storage(); x[::2]
        x=a(3).storage(); x[100]
        x=a(3).storage(); x[0:2]
        x=a(3).storage(); x[1.]
        x=a(3); y=x.untyped_storage().clone(); y.fill_(0); x
        x=torch.tensor([1,256]); x.untyped_storage().byteswap(torch.int64); x
        a(3).untyped_storage().int().tolist()
        a(3).storage().double()
        a(3).storage().bool().tolist()
        torch.FloatStorage([1.,2.])
        torch.FloatStorage(2).size()
        torch.FloatStorage()
        torch.UntypedStorage([1,2,300])
        torch.UntypedStorage(4).size()
        torch.UntypedStorage('a')
        torch.TypedStorage([1,2],dtype=torch.int64)
        torch.TypedStorage(dtype=3)
        x=a(3); torch.TypedStorage(wrap_storage=x.untyped_storage(),dtype=torch.int32).tolist()
        torch.FloatStorage.from_buffer(b'abcdabcd','little')
        torch.FloatStorage.from_buffer(b'abcdabcd','big')
        torch.UntypedStorage.from_buffer(b'abcd',byte_order='little',dtype=torch.float32)
        (isinstance(a(3).storage(),torch.FloatStorage), isinstance(a(3).storage(),torch.IntStorage))
        (torch.is_storage(a(3).storage()), torch.is_storage(a(3).untyped_storage()), torch.is_storage(a(3)))
        torch.LongStorage.dtype
        a(3).storage_type()
        a(3).bool().storage_type()
        torch.FloatTensor(torch.FloatStorage([1.,2.]))
        torch.tensor(torch.FloatStorage([1.,2.]))
        x=a(3); y=torch.FloatTensor(x.storage()); y[0]=5; x
        x=a(3); y=torch.tensor([]).set_(x.untyped_storage()); y[0]=5; (x, y)
        x=a(3); torch.tensor([],dtype=torch.int32).set_(x.untyped_storage())
        x=a(6); torch.tensor([]).set_(x.untyped_storage(),1,(2,2),(2,1))
        x=a(6); torch.tensor([]).set_(x.storage(),4,(2,))
        x=a(6); y=torch.tensor([]).set_(x,1,(2,),(2,)); y.zero_(); x
        x=a(6); torch.tensor([]).set_(x.untyped_storage(),0,(2,),(-1,))
        torch.ones(2).set_()
        torch.ones(1).set_(torch.ones(1,dtype=torch.int32))
        torch.ones(1,dtype=torch.half).set_(a(3).storage())
        torch.ones(1,dtype=torch.int64).set_(a(3).storage())
        torch.ones(2,requires_grad=True).set_(a(3))
        x=a(3).view(torch.int32); (x.as_strided((3,),(1,),0), x.as_strided((2,),(1,),1))
        import copy; x=a(3); y=copy.deepcopy([x, x.untyped_storage()]); y[1].fill_(0); (x, y)
        import copy; x=a(4); y=copy.deepcopy([x,x[1:],x.view(2,2).t()]); y[0][1]=9; (x, y)
        import copy; x=a(4).requires_grad_(); y=copy.deepcopy([x,x.detach()]); y[1][1]=9; (x, y)
    """)
