"""Which money parameters that nobody has confirmed yet does a sum stand on?"""

from collections.abc import Iterable, Mapping

from qof_payments.core.parameters import Parameters

OF_DEDUCTIONS: Mapping[str, tuple[str, ...]] = {
    "pms": ("pms_deduction", "pms_deduction_list"),
    "aspiration": ("aspiration_rate", "aspiration_method", "aspiration_points_share", "uprating_index"),
}
"""Parameters that a sum stands on only where this was taken off; all others every sum stands on."""

NOT_KEPT_APART = (
    "the points of additional services were kept together before the year's parameters were known: factor not applied; "
    "send the extract again"
)


def unverified(parameters: Parameters, deductions: Iterable[str]) -> dict[str, str]:
    """Parameter -> why its value is not certain yet, for those that went into an entitlement with these deductions."""
    taken = set(deductions)
    unused = {name for deduction, names in OF_DEDUCTIONS.items() if deduction not in taken for name in names}
    return {name: why for name, why in parameters.unverified.items() if name not in unused}
