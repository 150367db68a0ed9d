"""How do the demonstration's tables look?"""

from rich.table import Table


def table(*columns: str) -> Table:
    """Words to the left, numbers to the right, no frame."""
    made = Table(box=None, header_style="bold", pad_edge=False)
    for number, column in enumerate(columns):
        is_words = number == 0 or column == "most of it"
        made.add_column(column, justify="left" if is_words else "right", no_wrap=number == 0)
    return made
