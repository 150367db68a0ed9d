"""One function per event, command or question. They decide by the core and store through the ports."""
