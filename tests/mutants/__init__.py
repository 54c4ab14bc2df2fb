"""Small bugs of ours, planted on purpose: the test that is there for each must notice it."""
