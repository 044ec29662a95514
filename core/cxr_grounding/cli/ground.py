"""`cxr-ground ground`: where do these phrases point on this radiograph?"""
