"""PyTorch's lists of what autocast does to which operator, by device type; the names are those of ATen.

What is done (see ``compat._amp.casting``):

- ``lower_precision_fp``: floating inputs become the region's dtype.
- ``fp32``: floating inputs become float32.
- ``fp32_set_opt_dtype``: the result is float32, unless the call names another dtype.
- ``promote``: floating inputs become float32 if one of them is, else the region's dtype.
- ``banned``: an error.

float64 is never cast, and neither is what lies on a device of another type.
"""

from __future__ import annotations

LISTS: dict[str, dict[str, str]] = {
    "cpu": {
        "lower_precision_fp": """
            _addmm_activation _convolution _native_multi_head_attention addbmm addmm baddbmm bmm conv1d conv2d conv3d
            conv_tbc conv_transpose1d conv_transpose2d conv_transpose3d linalg_vecdot linear matmul mkldnn_rnn_layer mm
            prelu scaled_dot_product_attention""",
        "fp32": """
            _grid_sampler_2d_cpu_fallback _lu_with_info adaptive_avg_pool3d adaptive_max_pool3d avg_pool3d
            binary_cross_entropy binary_cross_entropy_with_logits cdist cholesky cholesky_inverse cholesky_solve
            cosine_embedding_loss cross_entropy_loss ctc_loss fake_quantize_per_tensor_affine fft_fft fft_fft2 fft_fftn
            fft_hfft fft_ifft fft_ifft2 fft_ifftn fft_ihfft fft_irfft fft_irfft2 fft_irfftn fft_rfft fft_rfft2
            fft_rfftn fractional_max_pool2d fractional_max_pool3d geqrf grid_sampler grid_sampler_2d grid_sampler_3d
            hinge_embedding_loss huber_loss inverse kl_div l1_loss linalg_cholesky linalg_cholesky_ex linalg_cond
            linalg_eig linalg_eigh linalg_eigvals linalg_eigvalsh linalg_householder_product linalg_inv linalg_inv_ex
            linalg_lstsq linalg_matrix_rank linalg_qr linalg_solve linalg_svd linalg_svdvals linalg_tensorinv
            linalg_tensorsolve lu_solve margin_ranking_loss max_pool3d max_unpool2d max_unpool3d mse_loss
            multi_margin_loss multilabel_margin_loss multilabel_margin_loss_forward nanquantile nll_loss nll_loss2d
            orgqr ormqr pinverse poisson_nll_loss polar prod qr quantile reflection_pad1d reflection_pad2d
            replication_pad1d replication_pad2d replication_pad3d smooth_l1_loss soft_margin_loss stft svd trace
            triangular_solve triplet_margin_loss view_as_complex""",
        "promote": "cat index_copy stack",
    },
    "cuda": {
        "lower_precision_fp": """
            _convolution _scaled_dot_product_flash_attention _thnn_fused_gru_cell _thnn_fused_lstm_cell addbmm addmm
            addmv addr baddbmm bmm chain_matmul conv1d conv2d conv3d conv_tbc conv_transpose1d conv_transpose2d
            conv_transpose3d convolution cudnn_convolution cudnn_convolution_transpose einsum gru_cell linalg_multi_dot
            linalg_vecdot linear lstm_cell matmul mm mv prelu rnn_relu_cell rnn_tanh_cell
            scaled_dot_product_attention""",
        "fp32": """
            _upsample_bicubic2d_aa _upsample_bilinear2d_aa _upsample_nearest_exact1d _upsample_nearest_exact2d
            _upsample_nearest_exact3d acos asin binary_cross_entropy_with_logits cdist cosh cosine_embedding_loss
            cosine_similarity dist erfinv exp expm1 frobenius_norm group_norm hinge_embedding_loss huber_loss kl_div
            l1_loss layer_norm log log10 log1p log2 logsumexp margin_ranking_loss mse_loss multi_margin_loss
            multilabel_margin_loss native_layer_norm nll_loss nll_loss2d nuclear_norm pdist poisson_nll_loss pow
            reciprocal renorm rms_norm rsqrt sinh smooth_l1_loss soft_margin_loss softplus tan triplet_margin_loss
            upsample_bicubic2d upsample_bilinear2d upsample_linear1d upsample_nearest1d upsample_nearest2d
            upsample_nearest3d upsample_trilinear3d""",
        "fp32_set_opt_dtype": """
            cumprod cumsum linalg_matrix_norm linalg_vector_norm log_softmax norm prod softmax sum""",
        "promote": """
            addcdiv addcmul atan2 bilinear cross dot grid_sampler index_put scatter_add tensordot vdot""",
        "banned": "binary_cross_entropy",
    },
}

# Names that other functions here stand for: kernels of other libraries, parts of an operator, and what is quantized.
ELSEWHERE = frozenset("""
    _addmm_activation _convolution _grid_sampler_2d_cpu_fallback _native_multi_head_attention
    _scaled_dot_product_flash_attention _thnn_fused_gru_cell _thnn_fused_lstm_cell cudnn_convolution
    cudnn_convolution_transpose fake_quantize_per_tensor_affine multilabel_margin_loss_forward""".split())

# What PyTorch makes of listed operators and compat computes as one, or the reverse; further things are done to these:
# ``einsum``: what the products of pairs of operands come to. ``lower_result``: computed as it is given, and the result
# becomes the region's dtype. ``apart``: nothing, whatever it is made of here.
FURTHER: dict[str, dict[str, str]] = {
    "cpu": {
        "lower_precision_fp": "affine_grid_generator inner tensordot",
        "fp32": "max_unpool1d",
        "einsum": "einsum",
        "lower_result": "corrcoef cov linalg_pinv",
        "apart": "bilinear convolution",
    },
    "cuda": {
        "lower_precision_fp": "affine_grid_generator inner mkldnn_rnn_layer",
        "lower_result": "corrcoef cov linalg_pinv",
    },
}
