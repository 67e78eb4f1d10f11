"""Shapes: Python types as JSON has them. Each shape draws its JSON Schema, and reads values into its type."""
