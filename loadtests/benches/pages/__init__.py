"""How many reports are read and signed a second, beside a page and a row with nothing behind them?"""
