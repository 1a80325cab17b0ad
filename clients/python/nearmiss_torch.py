"""A loss of nearmiss as a loss of PyTorch: `nearmiss_loss(bridge, "infoNce", {...}, anchors=a, positives=p).backward()`."""

import torch
from torch.autograd.function import once_differentiable


class _Scored(torch.autograd.Function):
    @staticmethod
    def forward(ctx, bridge, loss, options, names, *inputs):
        given = {name: _plain(value) for name, value in zip(names, inputs)}
        value, gradients = bridge.score(loss, options, **given)
        slopes = []
        for name, needed, tensor in zip(names, ctx.needs_input_grad[4:], inputs):
            slope = torch.as_tensor(gradients[name]).reshape(tensor.shape).to(tensor) if needed else None
            slopes.append(slope)
        ctx.slopes = slopes
        like = next((tensor for tensor in inputs if torch.is_tensor(tensor) and tensor.is_floating_point()), torch.empty(0))
        return torch.tensor(value, dtype=torch.promote_types(like.dtype, torch.float32), device=like.device)

    @staticmethod
    @once_differentiable
    def backward(ctx, upstream):
        return None, None, None, None, *(slope if slope is None else upstream.to(slope) * slope for slope in ctx.slopes)


def nearmiss_loss(bridge, loss, options=None, **inputs):
    """
    The value of a loss by its name, whose backward hands out the gradients that nearmiss computed with it.

    Inputs are tensors, numbers or arrays by the names of `nearmiss losses LOSS`, log_scale for --log-scale; those that require a
    gradient must be ones the loss has a gradient for. Values are of float32 at least, gradients are computed as float32.
    """
    given = {name: value for name, value in inputs.items() if value is not None}
    return _Scored.apply(bridge, loss, options, tuple(given), *given.values())


def _plain(value):
    if not torch.is_tensor(value):
        return value
    value = value.detach().cpu()
    # a number keeps all its digits
    if value.ndim == 0:
        return value.item()
    return (value.float() if value.is_floating_point() else value).numpy()
