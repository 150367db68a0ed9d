"""From which change on is a practice flagged? The numbers alone; core.anomaly says what they mean."""

from fractions import Fraction

POINTS_PERCENT = Fraction(10)
"""By so much the share of the points moved against last year's share."""

POUNDS_PERCENT = Fraction(20)

LIST_SIZE_PERCENT = Fraction(10)

PREVALENCE_PERCENT = Fraction(25)
"""By so much a register's share of the list moved against last year's share ..."""

PREVALENCE_PATIENTS = 20
"""... and by at least so many patients: small registers move much by chance."""
