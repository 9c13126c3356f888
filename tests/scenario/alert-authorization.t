bare
# Authorization Pending at the satellite, from the registration file to its answer; Satellite Authorization File Ready
# at the manager, from the answer until the satellite is seen to have it.
no-alert any
no-alert any at=manager
export F1
alert authorization-pending source=Acme severity=MINOR raised=0ms due=none says="until then no product can register"
advance 3d
export F1 -> SAME
alert authorization-pending raised=-3d
authorize F1 A1
alert authorization-ready at=manager source=satellite severity=MINOR raised=0ms due=90d va="Site A" says="Carry the file there"
no-alert authorization-ready
advance 1d
acknowledge authorization-ready at=manager
alert authorization-ready at=manager raised=-1d acknowledged=yes
import A1
no-alert any
seen satellite
no-alert any at=manager
# Anew: a file for the same satellite.
advance 1d
export F2 registration
no-alert any
authorize F2 A2
alert authorization-ready at=manager raised=0ms acknowledged=no
remove-satellite satellite
no-alert authorization-ready at=manager
# Satellite Unregistered and Removed: until the virtual account is served by a satellite again.
alert satellite-removed at=manager source=satellite va="Site A" severity=MAJOR raised=0ms count=1 says="removed by story"
import A2
export F3 registration
authorize F3 A3
no-alert satellite-removed at=manager
