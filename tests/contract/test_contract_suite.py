"""The structural suite on the doubles of every version."""

# ruff: noqa: F403  (its tests become tests of this module)

from contract.suite.test_calls import *
from contract.suite.test_categories import *
from contract.suite.test_filters import *
from contract.suite.test_languages import *
from contract.suite.test_leaks import *
from contract.suite.test_paging import *
from contract.suite.test_prices import *
from contract.suite.test_products import *
from contract.suite.test_sorting import *
from contract.suite.test_stock import *
