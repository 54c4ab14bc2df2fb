"""What operators run does what it says, and ends with the code that it promises."""
