"""What does a part of the system cost, and how does it compare with the usual ways to build it?"""
