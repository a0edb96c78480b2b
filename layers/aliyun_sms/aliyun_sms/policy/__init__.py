"""The operator's policy: who may send what, and what templates take. It knows nothing of tables, doors or clocks."""
