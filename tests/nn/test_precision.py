"""Full precision while skvae computes, and the caller's settings after it."""

import sys
import threading

import pytest
import torch

from skvae._nn.devices import own_torch_modes


@pytest.fixture
def precision():
    """A call that lowers torch's precision of products until the test is over."""
    yield torch.set_float32_matmul_precision
    torch.set_float32_matmul_precision("highest")


@pytest.mark.parametrize("outside", ["highest", "high", "medium"])
def test_products_are_full_inside_and_as_before_outside(outside, precision):
    precision(outside)
    with own_torch_modes():
        with own_torch_modes():
            assert torch.get_float32_matmul_precision() == "highest"
        assert torch.get_float32_matmul_precision() == "highest"
    assert torch.get_float32_matmul_precision() == outside


def test_settings_come_back_after_an_error(precision):
    precision("medium")
    with pytest.raises(RuntimeError, match="lost"), own_torch_modes():
        raise RuntimeError("lost")
    assert torch.get_float32_matmul_precision() == "medium"


def test_the_last_of_several_threads_puts_settings_back(precision):
    precision("medium")
    inside, leave, seen = threading.Event(), threading.Event(), []

    def work():
        with own_torch_modes():
            inside.set()
            assert leave.wait(10)
            seen.append(torch.get_float32_matmul_precision())

    thread = threading.Thread(target=work)
    with own_torch_modes():
        thread.start()
        assert inside.wait(10)
    # This thread is out, the other one is not.
    assert torch.get_float32_matmul_precision() == "highest"
    leave.set()
    thread.join()
    assert seen == ["highest"]
    assert torch.get_float32_matmul_precision() == "medium"


newer = pytest.mark.skipif(
    not hasattr(torch.backends.mkldnn, "matmul"), reason="torch has no precision for each backend"
)


@newer
def test_precision_of_one_backend():
    convolutions = torch.backends.mkldnn.conv
    for holder in (convolutions, torch.backends.mkldnn.matmul):
        before = holder.fp32_precision
        holder.fp32_precision = "bf16"  # contradicts torch's older setting where it is of products
        with own_torch_modes():
            assert holder.fp32_precision == "ieee"
            assert torch.get_float32_matmul_precision() == "highest"
        assert holder.fp32_precision == "bf16"
        holder.fp32_precision = before


@newer
def test_what_is_inherited_stays_so():
    torch.backends.fp32_precision = "tf32"
    with own_torch_modes():
        assert torch.backends.mkldnn.conv.fp32_precision == "ieee"
    assert torch.backends.mkldnn.conv.fp32_precision == "tf32"
    torch.backends.fp32_precision = "none"
    assert torch.backends.mkldnn.conv.fp32_precision == "none"


def test_denormal_numbers_are_numbers_inside():
    assert torch.set_flush_denormal(True)
    with own_torch_modes():
        assert sys.float_info.min / 2 > 0
    assert sys.float_info.min / 2 == 0
    torch.set_flush_denormal(False)
