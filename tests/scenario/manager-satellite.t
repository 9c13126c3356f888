# What becomes of a satellite: renamed, its CA renewed, removed, authorized anew.
order Enhanced=5
token T1 days=3650
product a
register a token=T1
report a Enhanced=2
sync
satellite-is satellite
rename satellite "dc one"
sync
satellite-is "dc one"
events at=manager satellite.rename=1
no-alert authorization-ready at=manager
# The CA has five years; with less than two left each request brings the next one, for the same key.
advance 1094d
sync
events at=manager satellite.renew=0
advance 2d
sync
events at=manager satellite.renew=1
sync
events at=manager satellite.renew=1
renew a -> CERTIFICATE_EXPIRED
register a token=T1
report a Enhanced=2
export R1
remove-satellite satellite
known never
license Enhanced at=manager va="Site A" in-use=0
answer R1 A1 -> SATELLITE_REMOVED says="was removed here by story on"
export F1 registration
authorize F1 A2
import A2
sync
known sequence=8 instances=1
license Enhanced at=manager va="Site A" in-use=2
# Files that are no requests.
answer F1 A3 -> SYNC_WRONG_KIND says="registration file"
answer A2 A3 -> SYNC_WRONG_KIND says="authorization file"
