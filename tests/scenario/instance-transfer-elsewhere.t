# Only within an account, and between virtual accounts that this server serves.
order Enhanced=5
order Enhanced=5 va=Direct
account Other at=manager
token T1
token TD at=manager va=Direct
product here
product direct at=manager
register here token=T1
register direct token=TD
report direct Enhanced=2
transfer-instance direct to="Site A" -> SERVED_ELSEWHERE says=satellite
transfer-instance direct to=Default force
license Enhanced at=manager va=Default in-use=2 available=-2
transfer-instance direct to=Default -> INVALID_REQUEST
transfer-instance direct to=Direct
transfer-instance direct account=Other to=Default -> INVALID_REQUEST says="another account"
renew direct -> OK virtual-account=Direct
