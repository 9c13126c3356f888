# What a satellite serves is read-only at the manager: SERVED_ELSEWHERE, naming the satellite. Licenses move: manager-moves.t.
bare
product ucm1 at=manager
product ucm2
token M1 at=manager va="Site A"
token M2 at=manager va=Direct
order Enhanced=5 unsynced
order Basic=5 va=Direct unsynced
register ucm1 token=M1 -> OK virtual-account="Site A"
# Products registered directly keep the virtual account from being delegated.
export F1
authorize F1 A1 -> VIRTUAL_ACCOUNT_IN_USE says="1 product instances"
deregister ucm1
authorize F1 A1
import A1
# Now the satellite serves it.
register ucm1 token=M1 -> SERVED_ELSEWHERE says=satellite
token M3 at=manager va="Site A" -> SERVED_ELSEWHERE
virtual-account delete "Site A" at=manager -> SERVED_ELSEWHERE
# How many are in use there is known to the satellite.
what-if Basic add=Basic:1:"Site A" at=manager -> SERVED_ELSEWHERE says=satellite
explain Basic at=manager va="Site A" says="whether they are enough" silent="compliance"
register ucm1 token=M2
register ucm1 token=M1 force -> SERVED_ELSEWHERE
token S1
register ucm2 token=S1
report ucm2 Enhanced=5 -> AUTHORIZED
# The satellite is removed: the manager serves it again.
remove-satellite satellite
remove-satellite satellite -> SATELLITE_UNKNOWN
token M3 at=manager va="Site A"
register ucm1 token=M3 force -> OK virtual-account="Site A"
