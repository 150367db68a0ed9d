"""How much is answered well when more is asked than can be answered, with and without the door?"""
