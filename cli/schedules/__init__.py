"""Schedules that people keep: when they run, and what each of them sends."""
