"""Assessment: from what is known of a subject to its grade, its lists and duties. Pure; day and law are arguments."""
