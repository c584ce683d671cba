"""The routes of second opinions: other methods, other sources, other suppositions."""

from __future__ import annotations

from api.case_what_ifs import get_case_what_if, list_case_what_ifs, remove_case_what_if, save_case_what_if
from api.counterfactuals import get_wallet_counterfactual
from api.method_scores import compare_methods, list_scores_by_method
from api.methods import compare_wallet_methods
from api.sources import list_wallet_sources
from api.what_if import suppose_wallet

SECOND_OPINIONS = (
    compare_wallet_methods,
    compare_methods,
    list_scores_by_method,
    list_wallet_sources,
    suppose_wallet,
    get_wallet_counterfactual,
    save_case_what_if,
    list_case_what_ifs,
    get_case_what_if,
    remove_case_what_if,
)
