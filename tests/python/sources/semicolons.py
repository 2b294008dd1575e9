# 3.8 ends these blocks before their last semicolon.
class A: x = 1;
def f(): pass;
if A: pass;
