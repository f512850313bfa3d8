"""A domain that is not shipped: it shows that one package and one line in each list are enough."""
