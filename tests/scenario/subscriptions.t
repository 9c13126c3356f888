# What ends or belongs to a subscription is listed, the soonest to end first; perpetual licenses without one are not.
order Basic=5
subscriptions Default count=0
order Basic=2 type=TERM start=10d end=90d subscription=Sub-1
order Enhanced=2 type=DEMO end=20d
order CUWL=1 subscription=Sub-0
subscriptions Default count=3 first=""
virtual-account add Branch
transfer Enhanced=2 from=Default to=Branch
subscriptions Default count=2 first=Sub-1
subscriptions Branch count=1
# Ended ones stay on the list.
advance 100d
subscriptions Default count=2 first=Sub-1
subscriptions Branch count=1
