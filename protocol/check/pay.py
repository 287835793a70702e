def run(l): pass
