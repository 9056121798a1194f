"""Rows of Fourier transforms, windows, integrals, factorizations, histograms and the rest of Tensor's methods."""

_SPECIAL = "bessel_j0 bessel_j1 modified_bessel_i0 modified_bessel_i1".split()
_POSITIVE = "bessel_y0 bessel_y1 modified_bessel_k0 modified_bessel_k1 scaled_modified_bessel_k0".split()
_POSITIVE += ["scaled_modified_bessel_k1", "spherical_bessel_j0", "airy_ai"]
_KINDS = [f"{prefix}chebyshev_polynomial_{kind}" for prefix in ("", "shifted_") for kind in "tuvw"]
_KINDS += ["hermite_polynomial_h", "hermite_polynomial_he", "laguerre_polynomial_l", "legendre_polynomial_p"]

TEXT = (
    """
# fourier
torch.fft.fft(x) | x=f6
torch.fft.fft(x) | x=z5
torch.fft.fft(x, n=4, norm='ortho') | x=f6
torch.fft.fft(x, 8, 0, 'forward') | x=z5,2
torch.fft.fft(x) | x=i5 | nograd
torch.fft.ifft(x) | x=z5
torch.fft.ifft(x, norm='forward') | x=f6
torch.fft.rfft(x) | x=f6
torch.fft.rfft(x, dim=0) | x=f5,2
torch.fft.rfft(x, n=8, norm='ortho') | x=f5
torch.fft.irfft(x) | x=z4
torch.fft.irfft(x, n=5, norm='ortho') | x=z4
torch.fft.irfft(x, n=8) | x=z3
torch.fft.hfft(x) | x=z4
torch.fft.ihfft(x) | x=f6 | noname
torch.fft.fft2(x) | x=f3,4
torch.fft.ifft2(x, norm='ortho') | x=z3,4
torch.fft.rfft2(x, s=(2, 6)) | x=f3,4
torch.fft.irfft2(x) | x=z3,4
torch.fft.hfft2(x) | x=z3,4 | tol=1e-5
torch.fft.ihfft2(x) | x=f3,4
torch.fft.fftn(x) | x=f2,3,2
torch.fft.fftn(x, dim=(0, 2)) | x=z2,3,2
torch.fft.ifftn(x, s=(2, 2)) | x=z2,3,2
torch.fft.rfftn(x) | x=d2,3,4
torch.fft.irfftn(x, s=(2, 5), norm='forward') | x=z2,3
torch.fft.fftfreq(5, d=0.5) |  | nograd
torch.fft.rfftfreq(6) |  | nograd
torch.fft.fftshift(x) | x=f3,4 | noname
torch.fft.ifftshift(x, dim=1) | x=f3,5 | noname
torch.stft(x, 4, return_complex=True, window=w) | x=f8 w=p4 | noname
torch.stft(x, 4, 2, 3, w, False, normalized=True, onesided=False, return_complex=True) | x=f2,8 w=p3 | noname
torch.istft(x, 4, window=w) | x=z3,5 w=p4 | noname tol=1e-5
torch.istft(x, 4, 2, window=w, length=6) | x=z2,3,4 w=p4 | noname tol=1e-5
# windows
torch.hann_window(6) |  | nograd
torch.hann_window(6, periodic=False, dtype=torch.float64) |  | nograd
torch.hamming_window(5, True, 0.5, 0.4) |  | nograd
torch.blackman_window(7) |  | nograd
torch.bartlett_window(6) |  | nograd
torch.kaiser_window(5, True, 8.0) |  | nograd tol=1e-5
torch.signal.windows.gaussian(6, std=1.5) |  | nograd
torch.signal.windows.exponential(6, tau=2.0) |  | nograd
torch.signal.windows.general_cosine(6, a=[0.4, 0.3, 0.3], sym=False) |  | nograd
torch.signal.windows.general_hamming(6) |  | nograd
torch.signal.windows.cosine(6) |  | nograd
torch.signal.windows.nuttall(6) |  | nograd
# calculus
torch.trapezoid(x) | x=f3,4 | noname
torch.trapezoid(x, dx=0.5, dim=0) | x=f3,4 | noname
torch.trapezoid(x, y) | x=f3,4 y=f4 | noname
torch.trapz(x, y, dim=0) | x=f3,4 y=f3,4 | noname
torch.cumulative_trapezoid(x) | x=f3,4 | noname
torch.cumulative_trapezoid(x, y, dim=0) | x=f3,4 y=f3,4 | noname
torch.gradient(x) | x=f3,4
torch.gradient(x, spacing=2.0, dim=1, edge_order=2) | x=f3,4
torch.gradient(x, spacing=(torch.arange(3.0) ** 2, torch.arange(4.0) ** 2), edge_order=2) | x=f3,4
# factorizations
torch.linalg.cholesky_ex(x) | x=v3,3 | tol=1e-5
torch.linalg.ldl_factor_ex(x) | x=v3,3 | tol=1e-5 nograd
torch.linalg.ldl_solve(*torch.linalg.ldl_factor(x), y) | x=v3,3 y=f3,2 | tol=1e-4 nograd
torch.linalg.cholesky_ex(x, upper=True) | x=v2,3,3 | tol=1e-5
torch.linalg.cholesky_ex(-x).info | x=v2,3,3 | nograd
torch.linalg.inv_ex(x) | x=m3,3 | tol=1e-5
torch.linalg.inv_ex(x).info | x=k1,1 | nograd
torch.linalg.solve_ex(x, y) | x=m3,3 y=f3,2 | tol=1e-5 noname
torch.linalg.solve_ex(x, y, left=False) | x=m3,3 y=f2,3 | tol=1e-5 noname
torch.linalg.lu_factor_ex(x) | x=m3,3 | tol=1e-5
torch.lu(x, get_infos=True) | x=m3,3 | tol=1e-5
torch.lu_unpack(*torch.linalg.lu_factor(x)) | x=m3,3 | tol=1e-5 noname
torch.lu_solve(y, *torch.linalg.lu_factor(x)) | x=m3,3 y=f3,2 | tol=1e-5 noname
torch.geqrf(x) | x=m4,3 | nograd tol=1e-5
torch.linalg.householder_product(x, t) | x=m4,3 t=q3 | tol=1e-5
torch.orgqr(x, t) | x=m3,3 t=q3 | tol=1e-5
torch.ormqr(x, t, y) | x=m4,3 t=q3 y=f4,2 | nograd tol=1e-5
torch.ormqr(x, t, y, False, True) | x=m4,3 t=q3 y=f2,4 | nograd tol=1e-5
torch.triangular_solve(y, x) | x=m3,3 y=f3,2 | nograd tol=1e-5
torch.triangular_solve(y, x, False, True, True) | x=m3,3 y=f3,2 | nograd tol=1e-4
torch.svd(x)[1] | x=m4,3 | tol=1e-4 noname
torch.svd_lowrank(x, 3)[1] | x=m4,3 | nograd tol=1e-4
torch.pca_lowrank(x, 3)[1] | x=m4,3 | nograd tol=1e-4
torch.linalg.diagonal(x, offset=1) | x=f2,3,3
# counting
torch.frexp(x) | x=f5
torch.frexp(x) | x=d5
torch.histogram(x, 4) | x=f9 | nograd
torch.histogram(x, 4, range=(-1.0, 1.0), weight=w, density=True) | x=f9 w=p9 | nograd
torch.histogram(x, torch.tensor([-1.0, 0.0, 2.0])) | x=f9 | nograd
torch.histogramdd(x, [2, 3])[0] | x=f7,2 | nograd
torch.histogramdd(x, [2, 2], range=[-1.0, 1.0, -2.0, 2.0], density=True)[0] | x=f7,2 | nograd
torch.hash_tensor(x) | x=f3,4 | nograd
torch.hash_tensor(x, 1, keepdim=True) | x=i3,4 | nograd
torch.hash_tensor(x, (0, 2)) | x=k2,3,2 | nograd
torch.nonzero_static(x, size=4) | x=k6 | nograd
torch.nonzero_static(x, size=9, fill_value=-2) | x=k2,3 | nograd
torch.unravel_index(x, (2, 5)) | x=n4 | nograd
torch.segment_reduce(x, 'sum', lengths=torch.tensor([2, 0, 3])) | x=f5
torch.segment_reduce(x, 'mean', lengths=torch.tensor([2, 3])) | x=f5,2
torch.segment_reduce(x, 'prod', lengths=torch.tensor([2, 3])) | x=p5
torch.segment_reduce(x, 'max', offsets=torch.tensor([0, 2, 5])) | x=f5
torch.segment_reduce(x, 'min', lengths=torch.tensor([2, 1]), initial=0.0, unsafe=True) | x=p3 | nograd
# methods
x.sum_to_size(3, 1) | x=f2,3,4 | noname
x.dim_order() | x=f2,3 | nograd
x.t().dim_order() | x=f2,3 | nograd
x.clone().fill_diagonal_(7.0) | x=f3,4 | nograd
x.clone().fill_diagonal_(7.0, wrap=True) | x=f7,3 | nograd
x.clone().apply_(lambda v: 2 * v) | x=f3 | nograd
x.clone().map_(y, lambda v, w: v * w) | x=f3 y=f3 | nograd
x.double().float_power_(2) | x=f3 | noname
x.new([1, 2]) | x=f1 | nograd
x.resize_as_(y) | x=f6 y=f2,3 | nograd
torch.select_copy(x, 0, 1) | x=f3,2 | noname
torch.unbind_copy(x) | x=f3,2 | noname
torch.narrow_copy(x, 0, 1, 2) | x=f3,2 | noname
torch.as_strided_scatter(x, y, (2,), (1,)) | x=f3,2 y=f2 | nograd
torch.swapaxes(x, axis0=0, axis1=1) | x=f3,2
torch.cat([x, x], axis=1) | x=f3,2
x.sum(axis=0, keepdims=True) | x=f3,2
torch.conv_tbc(x, w, b, 1) | x=f5,2,3 w=f3,3,4 b=f4 | noname tol=1e-5
torch.batch_norm(x, None, None, m, v, False, 0.1, 1e-5, True) | x=f3,2 m=f2 v=p2 | nograd
torch.kl_div(x, y) | x=f4 y=q4 | noname
torch.norm_except_dim(x, 2, 0) | x=f3,4 | noname
torch._standard_gamma_grad(x, y) | x=p6 y=p6 | nograd tol=2e-3
torch._dirichlet_grad(x, y, y + z) | x=q6 y=p6 z=p6 | nograd tol=2e-3
# special
"""
    + "".join(f"torch.special.{n}(x) | x=f6 | nograd tol=1e-5\n" for n in _SPECIAL)
    + "".join(f"torch.special.{n}(x) | x=p6 | nograd tol=1e-5\n" for n in _POSITIVE)
    + "".join(f"torch.special.{n}(x, n) | x=u6 n=i6 | nograd tol=1e-5\n" for n in _KINDS)
)
