"""Made and labelled: synthetic companies with known truth, rendered papers, labelled pages."""
