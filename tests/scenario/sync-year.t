# A year of two sites. The first synchronizes every day over the network; for the second a courier carries files once a
# month, and is on the way for days, in which both sides go on. After each journey what the manager knows is what the site
# had when it exported, and nobody is refused all year long.
order Enhanced=400 Basic=100
order Basic=60 va=Direct
satellite S2 smart=Acme virtual=Direct
export F0 at=S2
authorize F0 A0
import A0 at=S2
token T
token T2 at=S2 days=365
product a
product z at=S2
register a token=T
register z token=T2 at=S2
sync every 1d only
fleet phones add 300
fleet phones report 0 300 Enhanced=1
fleet rooms add 40 at=S2
fleet rooms report 0 40 Basic=1 at=S2
# Month 1.
fleet phones report 0 300 Enhanced=1
fleet phones remove 0 10
report a Enhanced=1 -> AUTHORIZED
advance 10d
sync
agree
license Enhanced at=manager va="Site A" quantity=400 in-use=291
fleet rooms report 0 40 Basic=1 at=S2
report z Basic=1 -> AUTHORIZED
export C1 at=S2
inside C1 mode=full sequence=1
advance 3d
answer C1 R1
license Basic at=manager va=Direct in-use=41
advance 4d
import R1 at=S2
import R1 at=S2 -> SYNC_OUT_OF_ORDER says=already
license Basic at=S2 quantity=60
advance 13d
no-alert sync-deadline
no-alert sync-overdue
no-alert satellite-expired
# Month 2.
fleet phones report 10 300 Enhanced=1
fleet phones remove 10 20
report a Enhanced=2 -> AUTHORIZED
advance 10d
sync
agree
license Enhanced at=manager va="Site A" quantity=400 in-use=282
fleet rooms report 0 40 Basic=1 at=S2
report z Basic=2 -> AUTHORIZED
export C2 at=S2
inside C2 mode=standard sequence=2
advance 3d
answer C2 R2
license Basic at=manager va=Direct in-use=42
advance 4d
import R2 at=S2
import R2 at=S2 -> SYNC_OUT_OF_ORDER says=already
license Basic at=S2 quantity=60
advance 13d
no-alert sync-deadline
no-alert sync-overdue
no-alert satellite-expired
# Month 3.
fleet phones report 20 300 Enhanced=1
fleet phones remove 20 30
report a Enhanced=3 -> AUTHORIZED
advance 10d
sync
agree
license Enhanced at=manager va="Site A" quantity=400 in-use=273
fleet rooms report 0 40 Basic=1 at=S2
report z Basic=3 -> AUTHORIZED
export C3 at=S2
inside C3 mode=standard sequence=3
advance 3d
answer C3 R3
license Basic at=manager va=Direct in-use=43
advance 4d
import R3 at=S2
import R3 at=S2 -> SYNC_OUT_OF_ORDER says=already
license Basic at=S2 quantity=60
advance 13d
no-alert sync-deadline
no-alert sync-overdue
no-alert satellite-expired
# Month 4.
fleet phones report 30 300 Enhanced=1
fleet phones remove 30 40
report a Enhanced=4 -> AUTHORIZED
advance 10d
sync
agree
license Enhanced at=manager va="Site A" quantity=400 in-use=264
fleet rooms report 0 40 Basic=1 at=S2
report z Basic=4 -> AUTHORIZED
export C4 at=S2
inside C4 mode=standard sequence=4
advance 3d
answer C4 R4
license Basic at=manager va=Direct in-use=44
advance 4d
import R4 at=S2
import R4 at=S2 -> SYNC_OUT_OF_ORDER says=already
license Basic at=S2 quantity=60
advance 13d
no-alert sync-deadline
no-alert sync-overdue
no-alert satellite-expired
# Month 5.
fleet phones report 40 300 Enhanced=1
fleet phones remove 40 50
report a Enhanced=5 -> AUTHORIZED
advance 10d
sync
agree
license Enhanced at=manager va="Site A" quantity=400 in-use=255
fleet rooms report 0 40 Basic=1 at=S2
report z Basic=5 -> AUTHORIZED
export C5 at=S2
inside C5 mode=standard sequence=5
advance 3d
# An order arrives at the manager while the courier is there.
order Basic=5 va=Direct unsynced
answer C5 R5
license Basic at=manager va=Direct in-use=45
advance 4d
import R5 at=S2
import R5 at=S2 -> SYNC_OUT_OF_ORDER says=already
license Basic at=S2 quantity=65
advance 13d
no-alert sync-deadline
no-alert sync-overdue
no-alert satellite-expired
# Month 6.
fleet phones report 50 300 Enhanced=1
fleet phones remove 50 60
report a Enhanced=6 -> AUTHORIZED
advance 10d
sync
agree
license Enhanced at=manager va="Site A" quantity=400 in-use=246
fleet rooms report 0 40 Basic=1 at=S2
report z Basic=6 -> AUTHORIZED
export C6 at=S2
inside C6 mode=standard sequence=6
advance 3d
answer C6 R6
license Basic at=manager va=Direct in-use=46
advance 4d
import R6 at=S2
import R6 at=S2 -> SYNC_OUT_OF_ORDER says=already
license Basic at=S2 quantity=65
advance 13d
no-alert sync-deadline
no-alert sync-overdue
no-alert satellite-expired
# Month 7.
fleet phones report 60 300 Enhanced=1
fleet phones remove 60 70
report a Enhanced=7 -> AUTHORIZED
advance 10d
sync
agree
license Enhanced at=manager va="Site A" quantity=400 in-use=237
fleet rooms report 0 40 Basic=1 at=S2
report z Basic=7 -> AUTHORIZED
export C7 at=S2
inside C7 mode=standard sequence=7
advance 3d
answer C7 R7
license Basic at=manager va=Direct in-use=47
advance 4d
import R7 at=S2
import R7 at=S2 -> SYNC_OUT_OF_ORDER says=already
license Basic at=S2 quantity=65
advance 13d
no-alert sync-deadline
no-alert sync-overdue
no-alert satellite-expired
# Month 8.
fleet phones report 70 300 Enhanced=1
fleet phones remove 70 80
report a Enhanced=8 -> AUTHORIZED
advance 10d
sync
agree
license Enhanced at=manager va="Site A" quantity=400 in-use=228
fleet rooms report 0 40 Basic=1 at=S2
report z Basic=8 -> AUTHORIZED
export C8 at=S2
inside C8 mode=standard sequence=8
advance 3d
answer C8 R8
license Basic at=manager va=Direct in-use=48
# While he is on his way back a product leaves, and the file is asked for once more.
deregister z
export C8 at=S2 -> SAME
advance 4d
import R8 at=S2
import R8 at=S2 -> SYNC_OUT_OF_ORDER says=already
register z token=T2 at=S2
license Basic at=S2 quantity=65
advance 13d
no-alert sync-deadline
no-alert sync-overdue
no-alert satellite-expired
# Month 9.
fleet phones report 80 300 Enhanced=1
fleet phones remove 80 90
report a Enhanced=9 -> AUTHORIZED
advance 10d
sync
agree
license Enhanced at=manager va="Site A" quantity=400 in-use=219
fleet rooms report 0 40 Basic=1 at=S2
report z Basic=9 -> AUTHORIZED
export C9 at=S2
inside C9 mode=standard sequence=9
advance 3d
answer C9 R9
license Basic at=manager va=Direct in-use=49
advance 4d
import R9 at=S2
import R9 at=S2 -> SYNC_OUT_OF_ORDER says=already
license Basic at=S2 quantity=65
advance 13d
no-alert sync-deadline
no-alert sync-overdue
no-alert satellite-expired
# Month 10.
fleet phones report 90 300 Enhanced=1
fleet phones remove 90 100
report a Enhanced=10 -> AUTHORIZED
advance 10d
sync
agree
license Enhanced at=manager va="Site A" quantity=400 in-use=210
fleet rooms report 0 40 Basic=1 at=S2
report z Basic=10 -> AUTHORIZED
export C10 at=S2
inside C10 mode=standard sequence=10
advance 3d
answer C10 R10
license Basic at=manager va=Direct in-use=50
advance 4d
import R10 at=S2
import R10 at=S2 -> SYNC_OUT_OF_ORDER says=already
license Basic at=S2 quantity=65
advance 13d
no-alert sync-deadline
no-alert sync-overdue
no-alert satellite-expired
# Month 11.
fleet phones report 100 300 Enhanced=1
fleet phones remove 100 110
report a Enhanced=11 -> AUTHORIZED
advance 10d
sync
agree
license Enhanced at=manager va="Site A" quantity=400 in-use=201
fleet rooms report 0 40 Basic=1 at=S2
report z Basic=11 -> AUTHORIZED
export C11 at=S2
inside C11 mode=standard sequence=11
advance 3d
answer C11 R11
license Basic at=manager va=Direct in-use=51
advance 4d
import R11 at=S2
import R11 at=S2 -> SYNC_OUT_OF_ORDER says=already
license Basic at=S2 quantity=65
advance 13d
no-alert sync-deadline
no-alert sync-overdue
no-alert satellite-expired
# Month 12.
fleet phones report 110 300 Enhanced=1
fleet phones remove 110 120
report a Enhanced=12 -> AUTHORIZED
advance 10d
sync
agree
license Enhanced at=manager va="Site A" quantity=400 in-use=192
fleet rooms report 0 40 Basic=1 at=S2
report z Basic=12 -> AUTHORIZED
export C12 at=S2
inside C12 mode=standard sequence=12
advance 3d
answer C12 R12
license Basic at=manager va=Direct in-use=52
advance 4d
import R12 at=S2
import R12 at=S2 -> SYNC_OUT_OF_ORDER says=already
license Basic at=S2 quantity=65
advance 13d
no-alert sync-deadline
no-alert sync-overdue
no-alert satellite-expired
# At the end of the year.
report z Basic=1 -> AUTHORIZED
sync at=S2
agree at=S2
sync
agree
