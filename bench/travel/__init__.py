"""T1, the cost of a trip in the app itself: on each store, with more and more trips kept, beside another commit."""
