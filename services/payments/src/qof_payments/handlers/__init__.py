"""What payments does when something happens: record, freeze, calculate, instruct."""
