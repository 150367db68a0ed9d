"""Mechanism and vocabulary that every OpenQOF service uses. No QOF rule lives here."""
