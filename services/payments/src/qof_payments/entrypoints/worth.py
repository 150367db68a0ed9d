"""What is a request to payments worth, when there is more to do than can be done?"""

from qof_shared.http.admission import Worth
from qof_shared.http.worths import Declared

_COLLECTION = "/v1/collections/{collection}"

PAYMENTS_WORTH = Declared(
    {
        Worth.STATUS: [f"{_COLLECTION}/completeness"],
        Worth.PREVIEW: [
            f"{_COLLECTION}/national-figures/previews",
            f"{_COLLECTION}/national-figures/proposals/{{proposal}}/blast-radius",
        ],
    }
)
