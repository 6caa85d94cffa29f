"""placeholder"""
def explain(replay, history, answer, broken): return None
