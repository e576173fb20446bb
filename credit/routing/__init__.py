"""Who may send what by which queue, and which agency is told of which ground with which measures."""
