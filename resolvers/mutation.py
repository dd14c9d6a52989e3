"""The root of mutations; each module adds its fields."""

from ariadne import MutationType

mutation = MutationType()
