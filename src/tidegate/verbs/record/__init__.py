"""What is done to the record of a site: outages, cases, components, notices and the pages made of them."""
