# Two accounts of one satellite share its CA: an answer for the one that was made before the CA was renewed, and comes after
# the renewal by the other, does not bring the old certificate back.
order Enhanced=5
account Other at=manager
virtual-account add Elsewhere at=manager account=Other
account Second smart=Other virtual=Elsewhere
export F account=Second
authorize F A
import A account=Second
advance 1092d
sync
export R1 account=Second
answer R1 A1
import A1 account=Second
events satellite.renew=0 at=manager
events authority.create=2
export R2 account=Second
answer R2 A2
advance 5d
sync
events satellite.renew=1 at=manager
events authority.create=3
import A2 account=Second
events authority.create=3
