"""The library, and a sample of the whole population."""

import numpy as np
import pytest

from quell.evidence.library import Library, load_library
from quell.people.candidates import Candidates, Screening
from quell.people.specification import PeopleSpecification


@pytest.fixture(scope="session")
def library() -> Library:
    return load_library()


@pytest.fixture(scope="session")
def adults(library: Library) -> Candidates:
    """US adults as they come."""
    return Screening(PeopleSpecification("normal anxiety"), 20260101, library).draw(range(150_000))


@pytest.fixture(scope="session")
def women(adults: Candidates) -> np.ndarray:
    return adults.covariates["female"] == 1
