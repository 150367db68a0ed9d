"""How do the demonstration's tables look?"""

from rich.table import Table


def table(*columns: str) -> Table:
    """Words to the left, on two lines where there is no room, numbers to the right and whole, no frame."""
    made = Table(box=None, header_style="bold", pad_edge=False)
    for number, column in enumerate(columns):
        made.add_column(column, justify="right" if number else "left", no_wrap=bool(number))
    return made
