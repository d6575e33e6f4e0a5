"""From OpenAPI documents to ``spec/``, and from ``spec/`` to code."""
