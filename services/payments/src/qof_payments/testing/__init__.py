"""What tests of payments share beyond fixtures: how two people freeze national figures."""
