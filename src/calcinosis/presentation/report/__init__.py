"""Documents on paper: data in, a typst template in this folder, PDF out."""
