"""The rules of declaring: what a report says, how a declaration moves on, and who may move it. Pure."""
