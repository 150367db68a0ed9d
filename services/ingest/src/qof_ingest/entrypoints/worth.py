"""What is a request to ingest worth, when there is more to do than can be done?

Extracts have bounds of their own and stand in front (decision 17). What is left are suppliers that follow them: a place
that is not given to them is one more extract taken.
"""

from qof_shared.http.admission import Worth
from qof_shared.http.worths import Declared

INGEST_WORTH = Declared({Worth.STATUS: ["/v1/extracts/{extract_id}", "/v1/collections/{collection}/progress"]})
